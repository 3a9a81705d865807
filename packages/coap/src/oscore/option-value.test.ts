import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeOptionValue, encodeOptionValue, encodePartialIv, sequenceLimit, sequenceOf } from './option-value.ts';

const bytes = (hex: string | undefined): Buffer | undefined =>
  hex === undefined ? undefined : Buffer.from(hex, 'hex');

/** RFC 8613 §6.3: partial IV, kid context, kid, and the option's value. */
const examples: readonly (readonly [string | undefined, string | undefined, string | undefined, string])[] = [
  ['05', undefined, '25', '090525'],
  ['00', undefined, '', '0900'],
  ['05', '44616c656b', '', '19050544616c656b'],
  [undefined, undefined, undefined, ''],
  ['07', undefined, undefined, '0107'],
];

test('oscore option: the examples of RFC 8613 §6.3 are written and read to the byte [COA-204]', () => {
  for (const [partialIv, kidContext, kid, value] of examples) {
    const fields = { partialIv: bytes(partialIv), kidContext: bytes(kidContext), kid: bytes(kid) };
    assert.equal(encodeOptionValue(fields).toString('hex'), value);
    assert.deepEqual(decodeOptionValue(Buffer.from(value, 'hex')), { ok: true, value: fields });
  }
});

test('oscore option: reserved bits, reserved lengths, what is cut short or left over is refused [COA-205]', () => {
  const reserved = ['2900', '4900', '8900', '0e0102030405060708', '0f01020304050607'];
  const cut = ['02', '0201', '0501020304', '1105', '110502aa', '19050544616c65'];
  const odd = ['00', '0000', '010700', '020001', '1107050102030405ff'];
  for (const value of [...reserved, ...cut, ...odd]) {
    const read = decodeOptionValue(Buffer.from(value, 'hex'));
    assert.ok(!read.ok && read.why.length > 0, value);
  }
});

test('oscore option: whatever is read is written back the same [COA-205]', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 24 }), (value) => {
      const read = decodeOptionValue(Buffer.from(value));
      if (read.ok) assert.deepEqual(encodeOptionValue(read.value), Buffer.from(value));
    }),
    { seed: 3, numRuns: 5_000 },
  );
});

test('oscore option: a sequence number has no leading zero byte, and 0 has one byte [COA-204]', () => {
  const written = [0, 1, 255, 256, 65_536, sequenceLimit - 1].map((one) => encodePartialIv(one).toString('hex'));
  assert.deepEqual(written, ['00', '01', 'ff', '0100', '010000', 'ffffffffff']);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: sequenceLimit - 1 }), (sequence) => {
      assert.equal(sequenceOf(encodePartialIv(sequence)), sequence);
    }),
    { seed: 4 },
  );
});
