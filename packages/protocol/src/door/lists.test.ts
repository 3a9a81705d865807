import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeWith, type Heard } from '../../test/hear.ts';
import { payloadDecoders } from './payload.ts';

const hear = (decoder: string, payload: string): Heard => decodeWith(payloadDecoders[decoder]!, payload);

const two = [
  { takenAt: 1_700_000_000_000, values: { t: 20.5 }, name: [1, 7] },
  { takenAt: -1, values: { 'battery.level': 80 } },
];

test('json list: a list is as many readings, an object is one [PRO-65]', () => {
  const payload = '[{"t":20.5,"timestamp":1700000000,"$boot":1,"$seq":7},{"battery":{"level":80}}]';
  assert.deepEqual(hear('json-list', payload).readings, two);
  assert.deepEqual(hear('json-list', '{"t":1}').readings, [{ takenAt: -1, values: { t: 1 } }]);
});

test('ndjson: a line is a reading; blank lines and CR LF mean nothing [PRO-65]', () => {
  const lines = ['{"t":20.5,"timestamp":1700000000,"$boot":1,"$seq":7}', '{"battery":{"level":80}}'];
  for (const payload of [
    lines.join('\n'),
    `${lines.join('\n')}\n`,
    `${lines.join('\r\n')}\r\n`,
    `\n\n${lines.join('\n\n')}`,
  ])
    assert.deepEqual(hear('ndjson', payload).readings, two, payload);
});

test('ndjson and json list: taken whole or not at all, and the first that is wrong is named [PRO-65]', () => {
  const bad: [decoder: string, payload: string, reason: string, why: RegExp][] = [
    ['ndjson', '{"t":1}\n\n{"t":', 'payload-not-json', /^line 3: /],
    ['ndjson', '{"t":1}\n{"t":1e999}', 'value-not-finite', /^reading 2: /],
    ['ndjson', '{"t":1}\n[{"t":1}]', 'payload-not-object', /^reading 2: /],
    ['ndjson', '', 'no-value', /no reading/],
    ['ndjson', '\n\r\n', 'no-value', /no reading/],
    ['json-list', '[{"t":1},{"t":1,"$seq":3}]', 'sequence-unreadable', /^reading 2: /],
    ['json-list', '[{"t":1},{}]', 'no-value', /^reading 2: /],
    ['json-list', '[{"t":1},null]', 'payload-not-object', /^reading 2: /],
    ['json-list', '[]', 'no-value', /no reading/],
    ['json-list', '[[{"t":1}]]', 'payload-not-object', /not an object/],
    ['json-list', '5', 'payload-not-object', /not an object/],
  ];
  for (const [decoder, payload, reason, why] of bad) {
    const heard = hear(decoder, payload);
    assert.equal(heard.reason, reason, payload);
    assert.match(heard.why, why);
  }
});

test('ndjson and json list: what one object says is what the decoder json says of it, seed 65 [PRO-65] [PRO-10]', () => {
  const name = fc.oneof(fc.string({ maxLength: 5 }), fc.constantFrom('timestamp', '$boot', '$seq', '__proto__', 'a.b'));
  const leaf = fc.oneof(fc.double(), fc.boolean(), fc.string({ unit: 'binary' }), fc.constant(null), fc.nat(9));
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 5 }, leaf, fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(name, tie('value'))),
  }));
  const same = (object: unknown): void => {
    const payload = JSON.stringify(object);
    const expected = hear('json', payload);
    for (const [decoder, text] of [
      ['json-list', payload],
      ['json-list', `[${payload}]`],
      ['ndjson', payload],
    ] as const) {
      const { readings, reason } = hear(decoder, text);
      assert.deepEqual({ readings, reason }, { readings: expected.readings, reason: expected.reason });
    }
  };
  fc.assert(fc.property(fc.dictionary(name, value, { maxKeys: 6 }), same), { seed: 65, numRuns: 700 });
});

test('ndjson: a long payload takes time in proportion to its length [PRO-14]', () => {
  const payload = Array.from({ length: 20_000 }, (_, index) => `{"t":${index}}`).join('\n');
  assert.equal(hear('ndjson', payload).readings.length, 20_000);
});
