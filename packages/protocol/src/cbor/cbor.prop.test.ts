import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CborValue } from './cbor-value.ts';
import { encodeCbor } from './encode-cbor.ts';
import { parseCbor } from './parse-cbor.ts';

const seed = 8_949;

const big = fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n });
const key = fc.oneof(fc.string(), fc.maxSafeInteger());
const { value } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, depthSize: 'small' },
    fc.constantFrom(null, undefined, true, false),
    fc.double(),
    fc.maxSafeInteger(),
    fc.float(),
    big,
    big.map((one) => -1n - one),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array({ maxLength: 20 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
    fc.record({ tag: fc.oneof(fc.nat(), big), value: tie('value') }, { noNullPrototype: true }),
  ),
}));

test(`cbor: a value comes back as it was written, seed ${seed} [PRO-62]`, () => {
  const same = (one: CborValue): void => {
    const bytes = encodeCbor(one);
    const back = parseCbor(bytes, 0, bytes.length);
    assert.ok('value' in back, 'why' in back ? back.why : '');
    assert.deepEqual(back.value, one);
    assert.deepEqual(encodeCbor(back.value), bytes);
  };
  fc.assert(fc.property(value, same), { seed, numRuns: 2_000 });
});

test(`cbor: bytes that were cut give a why, and no bytes make it throw, seed ${seed} [PRO-61]`, () => {
  const cut = (one: CborValue, share: number): void => {
    const bytes = encodeCbor(one);
    const end = Math.floor(share * bytes.length);
    assert.ok('why' in parseCbor(bytes, 0, end), bytes.toString('hex'));
  };
  const share = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(fc.property(value, share, cut), { seed, numRuns: 1_000 });

  const changed = (one: CborValue, at: number, to: number): void => {
    const bytes = encodeCbor(one);
    bytes[at % bytes.length] = to;
    parseCbor(bytes, 0, bytes.length);
  };
  fc.assert(fc.property(value, fc.nat(), fc.nat(255), changed), { seed, numRuns: 2_000 });
  const any = (bytes: Uint8Array): void => void parseCbor(Buffer.from(bytes), 0, bytes.length);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), any), { seed, numRuns: 5_000 });
});
