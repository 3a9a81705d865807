import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import type { Value } from '../reading.ts';
import { emptyDraft } from '../reading-draft.ts';
import { decodeSenml } from './senml.ts';

interface Emitted {
  readonly takenAt: number;
  readonly values: Record<string, Value>;
}

function decode(pack: unknown): { readings: Emitted[]; reason: string | undefined } {
  const draft = emptyDraft();
  const bytes = Buffer.from(typeof pack === 'string' ? pack : JSON.stringify(pack));
  const readings: Emitted[] = [];
  const failure = decodeSenml(draft, bytes, 0, bytes.length, () => {
    const names = draft.names.slice(0, draft.count);
    readings.push({
      takenAt: draft.takenAt,
      values: Object.fromEntries(names.map((name, i) => [name, draft.values[i]!])),
    });
  });
  return { readings, reason: failure?.reason };
}

function readings(pack: unknown): Emitted[] {
  const result = decode(pack);
  assert.equal(result.reason, undefined);
  return result.readings;
}

const reasonOf = (pack: unknown): string | undefined => {
  const result = decode(pack);
  assert.equal(result.readings.length === 0, result.reason !== undefined, 'a pack is taken whole or not at all');
  return result.reason;
};

test('senml: RFC 8428 section 5.1.1, a single data point [PRO-20]', () => {
  assert.deepEqual(readings('[{"n":"urn:dev:ow:10e2073a01080063","u":"Cel","v":23.1}]'), [
    { takenAt: -1, values: { 'urn:dev:ow:10e2073a01080063': 23.1 } },
  ]);
});

test('senml: RFC 8428 section 5.1.2, multiple data points [PRO-20]', () => {
  const pack =
    '[{"bn":"urn:dev:ow:10e2073a01080063:","n":"voltage","u":"V","v":120.1},{"n":"current","u":"A","v":1.2}]';
  const values = { 'urn:dev:ow:10e2073a01080063:voltage': 120.1, 'urn:dev:ow:10e2073a01080063:current': 1.2 };
  assert.deepEqual(readings(pack), [{ takenAt: -1, values }]);
});

test('senml: RFC 8428 section 5.1.2, with times relative to the base time [PRO-20] [PRO-22]', () => {
  const pack = `[
    {"bn":"urn:dev:ow:10e2073a0108006:","bt":1.276020076001e+09,"bu":"A","bver":5,"n":"voltage","u":"V","v":120.1},
    {"n":"current","t":-5,"v":1.2},{"n":"current","t":-4,"v":1.3},{"n":"current","t":-3,"v":1.4},
    {"n":"current","t":-2,"v":1.5},{"n":"current","t":-1,"v":1.6},{"n":"current","v":1.7}]`;
  const current = 'urn:dev:ow:10e2073a0108006:current';
  const voltage = 'urn:dev:ow:10e2073a0108006:voltage';
  assert.deepEqual(readings(pack), [
    { takenAt: 1_276_020_076_001, values: { [voltage]: 120.1, [current]: 1.7 } },
    ...[1.2, 1.3, 1.4, 1.5, 1.6].map((value, i) => ({
      takenAt: 1_276_020_071_001 + i * 1_000,
      values: { [current]: value },
    })),
  ]);
});

test('senml: RFC 8428 section 5.1.3, one name in several units [PRO-20] [PRO-22]', () => {
  const pack = `[
    {"bn":"urn:dev:ow:10e2073a01080063","bt":1.320067464e+09,"bu":"%RH","v":20},
    {"u":"lon","v":24.30621},{"u":"lat","v":60.07965},
    {"t":60,"v":20.3},{"u":"lon","t":60,"v":24.30622},{"u":"lat","t":60,"v":60.07965},
    {"u":"%EL","t":150,"v":98}]`;
  const named = (values: Record<string, number>): Record<string, number> =>
    Object.fromEntries(Object.entries(values).map(([unit, value]) => [`urn:dev:ow:10e2073a01080063.${unit}`, value]));
  assert.deepEqual(readings(pack), [
    { takenAt: 1_320_067_464_000, values: named({ '%RH': 20, lat: 60.07965, lon: 24.30621 }) },
    { takenAt: 1_320_067_524_000, values: named({ '%RH': 20.3, lat: 60.07965, lon: 24.30622 }) },
    { takenAt: 1_320_067_614_000, values: named({ '%EL': 98 }) },
  ]);
});

test('senml: RFC 8428 section 5.1.5, text and switches; its data value is refused [PRO-20] [PRO-23]', () => {
  const pack = [
    { bn: 'urn:dev:ow:10e2073a01080063:', n: 'temp', u: 'Cel', v: 23.5 },
    { n: 'label', vs: 'Machine Room' },
    { n: 'open', vb: false },
  ];
  const at = 'urn:dev:ow:10e2073a01080063:';
  const values = { [`${at}temp`]: 23.5, [`${at}label`]: 'Machine Room', [`${at}open`]: false };
  assert.deepEqual(readings(pack), [{ takenAt: -1, values }]);
  assert.equal(reasonOf([...pack, { n: 'nfc-reader', vd: 'aGkgCg' }]), 'senml-unsupported');
});

test('senml: RFC 8428 section 5.1.6, a collection of resources [PRO-20]', () => {
  const pack = `[
    {"bn":"2001:db8::2/","bt":1.320078429e+09,"n":"temperature","u":"Cel","v":25.2},{"n":"humidity","u":"%RH","v":30},
    {"bn":"2001:db8::1/","n":"temperature","u":"Cel","v":12.3},{"n":"humidity","u":"%RH","v":67}]`;
  const values = { '2001:db8::2/temperature': 25.2, '2001:db8::2/humidity': 30 };
  const others = { '2001:db8::1/temperature': 12.3, '2001:db8::1/humidity': 67 };
  assert.deepEqual(readings(pack), [{ takenAt: 1_320_078_429_000, values: { ...values, ...others } }]);
});

test('senml: base values add to values and make none of themselves [PRO-20]', () => {
  const pack = [
    { bn: 'd/', bv: 20 },
    { n: 'a', v: 1.5 },
    { n: 'b', v: 0, bv: 3 },
    { n: 'c', v: 1 },
    { n: 'd', vs: 'x' },
  ];
  assert.deepEqual(readings(pack), [{ takenAt: -1, values: { 'd/a': 21.5, 'd/b': 3, 'd/c': 4, 'd/d': 'x' } }]);
});

test('senml: fields that nobody knows are passed over unless they end in _ [PRO-23]', () => {
  assert.deepEqual(readings([{ n: 't', v: 1, x: 'unknown' }]), [{ takenAt: -1, values: { t: 1 } }]);
  assert.equal(reasonOf([{ n: 't', v: 1, x_: 'unknown' }]), 'senml-extension');
});

test('senml: what a reading cannot say is refused with its own reason [PRO-23]', () => {
  const cases: [reason: string, pack: unknown][] = [
    ['senml-unsupported', [{ n: 't', s: 1 }]],
    ['senml-unsupported', [{ n: 't', v: 1, s: 1 }]],
    ['senml-unsupported', [{ bs: 1 }, { n: 't', v: 1 }]],
    ['senml-version', [{ bver: 11, n: 't', v: 1 }]],
    ['time-relative', [{ n: 't', v: 1, t: -5 }]],
    ['time-relative', [{ n: 't', v: 1, t: 2 ** 28 - 1 }]],
    ['name-unfit', [{ v: 1 }]],
    ['name-unfit', [{ n: '-t', v: 1 }]],
    ['name-unfit', [{ n: 'a b', v: 1 }]],
    ['name-unfit', [{ bn: 'x'.repeat(60), n: 'abcde', v: 1 }]],
    [
      'name-doubled',
      [
        { n: 't', v: 1 },
        { n: 't', v: 2 },
      ],
    ],
    ['no-value', []],
    ['no-value', [{ bn: 'd/' }, {}]],
  ];
  for (const [reason, pack] of cases) assert.equal(reasonOf(pack), reason, JSON.stringify(pack));
});

test('senml: what is no pack is refused [PRO-14]', () => {
  const none = [
    '{}',
    '5',
    'null',
    '[5]',
    '[null]',
    '[[]]',
    '[{"n":5,"v":1}]',
    '[{"n":"t","v":"1"}]',
    '[{"n":"t","vb":1}]',
  ];
  for (const pack of [...none, '[{"n":"t","v":1,"vs":"x"}]', '[{"n":"t","t":null,"v":1}]'])
    assert.equal(reasonOf(pack), 'payload-not-senml', pack);
  assert.equal(reasonOf('[{"n":"t","v":1}'), 'payload-not-json');
});

test('senml: numbers beyond all measure make no reading [PRO-13]', () => {
  assert.equal(reasonOf('[{"n":"t","v":1e999}]'), 'value-not-finite');
  assert.equal(reasonOf('[{"bv":1e308,"n":"t","v":1e308}]'), 'value-not-finite');
  assert.equal(reasonOf('[{"bt":1e999,"n":"t","v":1}]'), 'time-unreadable');
  assert.equal(reasonOf('[{"bt":1e999,"n":"t","t":-1e999,"v":1}]'), 'time-unreadable');
  assert.equal(reasonOf('[{"bt":1e13,"n":"t","v":1}]'), 'time-unreadable');
});

test('senml: a pack is taken whole or not at all [PRO-21]', () => {
  const good = { n: 'a', bt: 1_700_000_000, v: 1 };
  assert.equal(
    decode([good, { n: 'b', t: 5, v: 2 }, { n: 'c', t: 9, vs: 'x'.repeat(1_025) }]).reason,
    'value-too-long',
  );
  assert.deepEqual(decode([good, { n: 'b', t: 5, v: 2 }, { n: 'c', t: 9, vs: 'x'.repeat(1_025) }]).readings, []);
  const many = [...Array(65).keys()].map((i) => ({ n: `n${i}`, v: i }));
  assert.equal(reasonOf([good, ...many]), 'too-many-values');
});

test('senml: a pack of many times takes time in proportion to its length [PRO-14]', () => {
  const pack = [...Array(40_000).keys()].map((i) => ({ n: 't', t: 1_700_000_000 + i, v: i }));
  assert.equal(readings(pack).length, 40_000);
});
