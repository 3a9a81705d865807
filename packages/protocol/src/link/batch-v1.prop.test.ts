import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { type BatchFrame, batchCodec, decodeBatch, encodeBatch } from './batch-v1.ts';
import { frameSizeMax } from './frame.ts';

const seed = 41;
const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const batch: fc.Arbitrary<BatchFrame> = fc
  .record({
    codec: fc.constantFrom(...Object.values(batchCodec)),
    klass: fc.nat(15),
    firstOffset: fc.nat(2 ** 40),
    count: fc.integer({ min: 1, max: 0xffff_ffff }),
    appendedAt: fc.double({ noNaN: true, noDefaultInfinity: true }),
    prevHash: hash,
    hash,
    bodyDigest: hash,
    plainLength: fc.nat(frameSizeMax),
    body: fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  })
  .map((one) => {
    const body = one.codec === batchCodec.stub ? Buffer.alloc(0) : one.body;
    return { ...one, body, plainLength: one.codec === batchCodec.plain ? body.length : one.plainLength };
  });

const plain: BatchFrame = {
  codec: batchCodec.plain,
  klass: 1,
  firstOffset: 7,
  count: 2,
  appendedAt: 1_700_000_000_123,
  prevHash: Buffer.alloc(32, 0xaa),
  hash: Buffer.alloc(32, 0xbb),
  bodyDigest: Buffer.alloc(32, 0xcc),
  plainLength: 3,
  body: Buffer.from('abc'),
};

const why = (frame: Buffer): string => {
  const result = decodeBatch(frame);
  return result.ok ? '' : result.why;
};

test('batch frame: the bytes of version 1 do not change [PRO-6]', () => {
  const parts = [
    '04 01 00 01', // type, version, codec, class
    '0000000000001c40 02000000 00b08756febc7842', // firstOffset, count, appendedAt
    'aa'.repeat(32) + 'bb'.repeat(32) + 'cc'.repeat(32),
    '03000000 616263', // plainLength, body
  ];
  assert.equal(encodeBatch(plain).toString('hex'), parts.join('').replaceAll(' ', ''));
});

test('batch frame: it comes back as it was written [PRO-41]', () => {
  const same = (one: BatchFrame): void => assert.deepEqual(decodeBatch(encodeBatch(one)), { ok: true, value: one });
  fc.assert(fc.property(batch, same), { seed, numRuns: 1_000 });
});

test('batch frame: what cannot be has a why [PRO-42]', () => {
  assert.match(why(encodeBatch({ ...plain, codec: 4 as never })), /codec 4/);
  assert.match(why(encodeBatch({ ...plain, count: 0 })), /at least one record/);
  for (const firstOffset of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53 - 1])
    assert.match(why(encodeBatch({ ...plain, firstOffset })), /no place in a journal/);
  for (const appendedAt of [Number.NaN, Number.NEGATIVE_INFINITY])
    assert.match(why(encodeBatch({ ...plain, appendedAt })), /not a time/);
  assert.match(why(encodeBatch({ ...plain, plainLength: frameSizeMax + 1 })), /at most 1048576/);
  assert.match(why(encodeBatch({ ...plain, plainLength: 2 })), /a body of 3 bytes where codec 0 has 2/);
  assert.match(why(encodeBatch({ ...plain, codec: batchCodec.stub })), /a body of 3 bytes where codec 3 has 0/);
  assert.match(why(Buffer.from([5, 1, ...encodeBatch(plain).subarray(2)])), /type 5/);
});

test('batch frame: it may be cut nowhere before its body [PRO-42]', () => {
  const frame = encodeBatch(plain);
  for (let length = 0; length < frame.length; length++)
    assert.notEqual(why(frame.subarray(0, length)), '', `${length}`);
});

test('batch frame: no bytes make the decoder throw, and what passes is written back the same [PRO-42]', () => {
  const changes = fc.array(fc.tuple(fc.nat(127), fc.nat(255)), { maxLength: 6 });
  let accepted = 0;
  const same = (one: BatchFrame, changed: [number, number][]): void => {
    const frame = encodeBatch(one);
    for (const [at, byte] of changed) frame[at % frame.length] = byte;
    const result = decodeBatch(frame);
    accepted += result.ok ? 1 : 0;
    assert.deepEqual(result.ok ? encodeBatch(result.value) : frame, frame);
  };
  fc.assert(fc.property(batch, changes, same), { seed, numRuns: 2_000 });
  assert.ok(accepted > 100, `only ${accepted} changed frames passed`);
});
