import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { decodeWith, type Heard } from '../../test/hear.ts';
import type { CborValue } from '../cbor/cbor-value.ts';
import { encodeCbor } from '../cbor/encode-cbor.ts';
import { payloadDecoders } from './payload.ts';

const map = (entries: Readonly<Record<string, CborValue>>): CborValue => new Map(Object.entries(entries));
const hear = (value: CborValue): Heard => decodeWith(payloadDecoders['cbor']!, encodeCbor(value));
const hearHex = (decoder: string, hex: string): Heard => decodeWith(payloadDecoders[decoder]!, Buffer.from(hex, 'hex'));

test('cbor door: a map of values means what the same object means in JSON [PRO-63]', () => {
  const values = { temperature: 21.5, open: true, mode: 'auto', battery: { level: 80, cells: [3.1, null, 3.3] } };
  const cbor = map({
    ...values,
    battery: map({ level: 80, cells: [3.1, null, 3.3] }),
    none: undefined,
    timestamp: 1_700_000_000,
    $boot: 3,
    $seq: 9,
  });
  const json = JSON.stringify({ ...values, timestamp: 1_700_000_000, $boot: 3, $seq: 9 });
  const heard = hear(cbor);
  assert.deepEqual(heard, decodeWith(payloadDecoders['json']!, json));
  assert.deepEqual(heard.readings[0]?.name, [3, 9]);
});

test('cbor door: a list of maps is a list of readings, taken whole or not at all [PRO-63] [PRO-65]', () => {
  assert.deepEqual(hear([map({ t: 1 }), map({ t: 2, timestamp: 1_700_000_001 })]).readings, [
    { takenAt: -1, values: { t: 1 } },
    { takenAt: 1_700_000_001_000, values: { t: 2 } },
  ]);
  assert.equal(hear([map({ t: 1 }), map({ t: Number.NaN })]).reason, 'value-not-finite');
  assert.equal(hear([]).reason, 'no-value');
});

test('cbor door: a time may be tagged as text or seconds [PRO-63]', () => {
  const timeOf = (timestamp: CborValue): number | string =>
    hear(map({ t: 1, timestamp })).readings[0]?.takenAt ?? hear(map({ t: 1, timestamp })).reason!;
  assert.equal(timeOf({ tag: 0, value: '2013-03-21T20:04:00Z' }), 1_363_896_240_000);
  assert.equal(timeOf({ tag: 1, value: 1_363_896_240.5 }), 1_363_896_240_500);
  assert.equal(timeOf({ tag: 1, value: 1_700_000_000.0006 }), 1_700_000_000_001);
  // A tagged time is in seconds even where a bare number would be milliseconds.
  assert.equal(timeOf({ tag: 1, value: 1_700_000_000_000 }), 'time-unreadable');
  assert.equal(timeOf({ tag: 1, value: -5 }), 'time-unreadable');
  assert.equal(timeOf({ tag: 1, value: 1e300 }), 'time-unreadable');
  assert.equal(timeOf({ tag: 1, value: 'noon' }), 'payload-not-cbor');
  assert.equal(timeOf({ tag: 0, value: 5 }), 'payload-not-cbor');
});

test('cbor door: no number is rounded, and none is beyond measure [PRO-63]', () => {
  const heardValue = (v: CborValue): unknown => hear(map({ v })).readings[0]?.values['v'] ?? hear(map({ v })).reason;
  assert.equal(heardValue(Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
  assert.equal(heardValue(2n ** 53n), 'value-not-exact');
  assert.equal(heardValue(-(2n ** 60n)), 'value-not-exact');
  assert.equal(heardValue({ tag: 2, value: new Uint8Array([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0]) }), 256);
  assert.equal(heardValue({ tag: 3, value: new Uint8Array([0xff]) }), -256);
  assert.equal(heardValue({ tag: 2, value: new Uint8Array(8).fill(0xff) }), 'value-not-exact');
  assert.equal(heardValue({ tag: 2, value: new Uint8Array(60_000).fill(0xff) }), 'value-not-exact');
  assert.equal(heardValue({ tag: 4, value: [-2, 27_315] }), 273.15);
  assert.equal(heardValue({ tag: 4, value: [-2, 27_315, 1] }), 'payload-not-cbor');
  assert.equal(heardValue({ tag: 4, value: [999_999, 1] }), 'value-not-finite');
  for (const none of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    assert.equal(heardValue(none), 'value-not-finite');
});

test('cbor door: keys that are numbers name values by their digits, and no name has two values [PRO-63] [PRO-16]', () => {
  const numbered = new Map<string | number, CborValue>([
    [1, 20.5],
    [-7, 'x'],
  ]);
  assert.deepEqual(hear(numbered).readings[0]?.values, { '1': 20.5, '-7': 'x' });
  numbered.set('1', 3);
  assert.equal(hear(numbered).reason, 'name-doubled');
});

test('cbor door: what a reading cannot keep is refused with its own reason [PRO-63]', () => {
  assert.equal(hear(map({ v: new Uint8Array([1]) })).reason, 'value-unsupported');
  assert.equal(hear(map({ v: { tag: 37, value: 'uuid' } })).reason, 'cbor-unsupported');
  assert.equal(hear(5).reason, 'payload-not-object');
  assert.equal(hear(map({})).reason, 'no-value');
  assert.equal(hear(map({ timestamp: 1 })).reason, 'no-value');
  assert.equal(hear(map({ a: [[[[1]]]] })).reason, 'too-deep');
  assert.equal(hear(new Map([['__proto__', 1]])).reason, 'name-unfit');
  assert.deepEqual(hear({ tag: 55_799, value: map({ t: 1 }) }).readings[0]?.values, { t: 1 });
  assert.equal(hearHex('cbor', 'a1').reason, 'payload-not-cbor');
});

test('senml in cbor: the example of RFC 8428 section 6 says what its JSON form says [PRO-64]', () => {
  const hex =
    '87a721781b75726e3a6465763a6f773a3130653230373361303130383030363a22fb41d303a15b00106223614120050067766f6c7461676501' +
    '615602fb405e066666666666a3006763757272656e74062402fb3ff3333333333333a3006763757272656e74062302fb3ff4cccccccccccd' +
    'a3006763757272656e74062202fb3ff6666666666666a3006763757272656e74062102f93e00a3006763757272656e74062002fb3ff99999' +
    '9999999aa3006763757272656e74060002fb3ffb333333333333';
  const json = `[
    {"bn":"urn:dev:ow:10e2073a0108006:","bt":1.276020076001e+09,"bu":"A","bver":5,"n":"voltage","u":"V","v":120.1},
    {"n":"current","t":-5,"v":1.2},{"n":"current","t":-4,"v":1.3},{"n":"current","t":-3,"v":1.4},
    {"n":"current","t":-2,"v":1.5},{"n":"current","t":-1,"v":1.6},{"n":"current","v":1.7}]`;
  const heard = hearHex('senml-cbor', hex);
  assert.equal(heard.readings.length, 6);
  assert.deepEqual(heard, decodeWith(payloadDecoders['senml']!, json));
});

test('senml in cbor: labels are numbers, and what a reading cannot say is refused as in JSON [PRO-64] [PRO-23]', () => {
  const reasonOf = (record: readonly (readonly [string | number, CborValue])[]): string | undefined =>
    decodeWith(payloadDecoders['senml-cbor']!, encodeCbor([new Map(record)])).reason;
  const name = [0, 't'] as const;
  assert.equal(reasonOf([name, [2, 1]]), undefined);
  assert.equal(reasonOf([name, [2, { tag: 4, value: [-1, 215] }]]), undefined);
  assert.equal(reasonOf([name, [2, 1], [99, 'unknown'], ['x', 1]]), undefined);
  assert.equal(reasonOf([name, [2, 1], ['x_', 1]]), 'senml-extension');
  assert.equal(
    reasonOf([
      ['n', 't'],
      [2, 1],
    ]),
    'payload-not-senml',
  );
  assert.equal(reasonOf([name, [2, 'x']]), 'payload-not-senml');
  assert.equal(reasonOf([name, [8, new Uint8Array([1])]]), 'senml-unsupported');
  assert.equal(reasonOf([name, [5, 1]]), 'senml-unsupported');
  assert.equal(reasonOf([name, [2, 2n ** 60n]]), 'value-not-exact');
  assert.equal(reasonOf([name, [6, 5], [2, 1]]), 'time-relative');
  for (const hex of ['a0', '00', '8100', '81f6', '8180'])
    assert.equal(hearHex('senml-cbor', hex).reason, 'payload-not-senml', hex);
});
