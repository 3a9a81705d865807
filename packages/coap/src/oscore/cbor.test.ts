import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CborValue, decodeCbor, encodeCbor } from './cbor.ts';

const hex = (value: CborValue): string => encodeCbor(value).toString('hex');
const parse = (text: string) => decodeCbor(Buffer.from(text, 'hex'));

test('cbor: numbers, strings, nil and arrays are written as RFC 8949 appendix A has them [COA-200]', () => {
  const examples: readonly (readonly [CborValue, string])[] = [
    [0, '00'],
    [23, '17'],
    [24, '1818'],
    [255, '18ff'],
    [256, '190100'],
    [65_535, '19ffff'],
    [65_536, '1a00010000'],
    [1_000_000_000_000, '1b000000e8d4a51000'],
    [-1, '20'],
    [-100, '3863'],
    [-1000, '3903e7'],
    [null, 'f6'],
    [Buffer.alloc(0), '40'],
    [Buffer.from('01020304', 'hex'), '4401020304'],
    ['', '60'],
    ['ü', '62c3bc'],
    [[], '80'],
    [[1, [2, 3], [4, 5]], '8301820203820405'],
  ];
  for (const [value, text] of examples) {
    assert.equal(hex(value), text);
    const read = parse(text);
    assert.ok(read.ok);
    assert.equal(hex(read.value), text);
  }
});

test('cbor: what is no item of these, or longer than it has to be, is refused with a reason [COA-200]', () => {
  const wrong = [
    '',
    '18',
    '1817',
    '1900ff',
    '1a0000ffff',
    '1b00000000ffffffff',
    '1bffffffffffffffff',
    '1c',
    '5f',
    'f4',
  ];
  const strings = ['4201', '61ff', '8201', '0000', 'a0', 'c000', 'fb3ff199999999999a', '9f01ff'];
  for (const text of [...wrong, ...strings, `${'81'.repeat(5)}00`, `9affffffff${'00'.repeat(10)}`]) {
    const read = parse(text);
    assert.ok(!read.ok && read.why.length > 0, text);
  }
  assert.throws(() => encodeCbor(0.5), RangeError);
});

test('cbor: whatever is written is read back, and whatever is read is written back [COA-200]', () => {
  const leaf = fc.oneof(fc.maxSafeInteger(), fc.uint8Array(), fc.string({ unit: 'grapheme' }), fc.constant(null));
  const item = fc.oneof(leaf, fc.array(fc.oneof(leaf, fc.array(leaf))));
  fc.assert(
    fc.property(item, (value) => {
      const read = decodeCbor(encodeCbor(value));
      assert.ok(read.ok);
      assert.equal(hex(read.value), hex(value));
    }),
    { seed: 1 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const read = decodeCbor(bytes);
      if (read.ok) assert.deepEqual(encodeCbor(read.value), Buffer.from(bytes));
    }),
    { seed: 2, numRuns: 2_000 },
  );
});
