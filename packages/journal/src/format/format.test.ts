import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyDigest, genesisHash } from '../chain.ts';
import { addFrame, emptySegment } from '../segment.ts';
import { batchHeaderSize, bodyIsWhole, decodeFrame, encodeGap, encodeStub, sealBatch, withBody } from './batch.ts';
import { decodeSegmentHeader, encodeSegmentHeader, indexName, offsetOfName, segmentName } from './segment-header.ts';
import { decodeSegmentIndex, encodeSegmentIndex } from './segment-index.ts';
import { decodeState, encodeState, type State, slotSize } from './state.ts';

const salt = 0xdeadbeef;
const prevHash = genesisHash('0123456789ab');
const body = Buffer.from('0100000061' + '03000000626364', 'hex');

function sealed(): Buffer {
  const bytes = Buffer.alloc(batchHeaderSize + body.length);
  body.copy(bytes, batchHeaderSize);
  const batch = { klass: 2, firstOffset: 41, count: 2, appendedAt: 1_735_689_600_000, inCommit: 1, prevHash };
  sealBatch(bytes, 0, salt, { ...batch, length: bytes.length });
  return bytes;
}

/** Every way to flip one bit of `bytes` below `end`. */
function* flipped(bytes: Buffer, end = bytes.length): Generator<Buffer> {
  for (let at = 0; at < end; at++) {
    const copy = Buffer.from(bytes);
    copy[at]! ^= 1 << (at % 8);
    yield copy;
  }
}

test('format: a batch is read as it was sealed, and no flipped bit passes [JRN-15]', () => {
  const bytes = sealed();
  const frame = decodeFrame(bytes, 0, salt, 77);
  assert.ok(frame.ok);
  const { batch, ...where } = withBody(frame.value, bytes, 0);
  assert.deepEqual(where, {
    position: 77,
    length: bytes.length,
    kind: 'full',
    inCommit: 1,
    bodyCrc: frame.value.bodyCrc,
  });
  const { klass, firstOffset, count, appendedAt, bodyLength } = batch;
  assert.deepEqual([klass, firstOffset, count, appendedAt, bodyLength], [2, 41, 2, 1_735_689_600_000, 12]);
  assert.deepEqual(Buffer.from(batch.body!), body);
  assert.deepEqual(Buffer.from(batch.bodyDigest), bodyDigest(body));
  for (const other of flipped(bytes)) {
    const read = decodeFrame(other, 0, salt, 0);
    assert.ok(!read.ok || !bodyIsWhole(withBody(read.value, other, 0), salt));
  }
});

test('format: what another journal wrote is no batch of this one [JRN-29]', () => {
  assert.equal(decodeFrame(sealed(), 0, salt + 1, 0).ok, false);
});

test('format: a stub keeps all but the body, a gap carries the chain [JRN-22]', () => {
  const frame = decodeFrame(sealed(), 0, salt, 0);
  assert.ok(frame.ok);
  const stub = decodeFrame(encodeStub(frame.value, salt), 0, salt, 0);
  assert.ok(stub.ok);
  assert.deepEqual(stub.value, { ...frame.value, kind: 'stub', length: batchHeaderSize });
  const hash = bodyDigest(body);
  const gap = decodeFrame(encodeGap({ firstOffset: 5, count: 9, prevHash, hash }, salt), 0, salt, 0);
  assert.ok(gap.ok);
  assert.equal(gap.value.kind, 'gap');
  assert.deepEqual(Buffer.from(gap.value.batch.hash), hash);
  assert.deepEqual([gap.value.batch.firstOffset, gap.value.batch.count], [5, 9]);
});

test('format: a segment header is read as it was written, and no flipped bit passes', () => {
  const header = { salt, epoch: '0123456789ab', firstOffset: 2 ** 50, createdAt: 1_735_689_600_000, prevHash };
  const bytes = encodeSegmentHeader(header);
  const read = decodeSegmentHeader(bytes);
  assert.ok(read.ok);
  assert.deepEqual({ ...read.value, prevHash: Buffer.from(read.value.prevHash) }, header);
  for (const other of flipped(bytes)) assert.equal(decodeSegmentHeader(other).ok, false);
  assert.equal(decodeSegmentHeader(bytes.subarray(0, 79)).ok, false);
});

test('format: a segment has its first offset for a name', () => {
  assert.equal(segmentName(42), '0000000000000042.seg');
  assert.equal(indexName(Number.MAX_SAFE_INTEGER), '9007199254740991.idx');
  assert.equal(offsetOfName('0000000000000042.seg'), 42);
  for (const name of ['42.seg', '0000000000000042.idx', '0000000000000042.seg.tmp'])
    assert.equal(offsetOfName(name), undefined);
});

test('format: an index says of a segment what reading it would say, and no flipped bit passes [JRN-17]', () => {
  const segment = emptySegment(41, prevHash);
  const frame = decodeFrame(sealed(), 0, salt, 80);
  assert.ok(frame.ok);
  addFrame(segment, frame.value);
  const bytes = encodeSegmentIndex(segment);
  const read = decodeSegmentIndex(bytes);
  assert.ok(read.ok);
  assert.deepEqual({ ...read.value, prevHash: Buffer.from(read.value.prevHash), indexSize: 0 }, segment);
  for (const other of flipped(bytes)) assert.equal(decodeSegmentIndex(other).ok, false);
  assert.equal(decodeSegmentIndex(bytes.subarray(0, 100)).ok, false);
});

const state: State = {
  epoch: '0123456789ab',
  salt,
  head: { offset: 2 ** 45, hash: Uint8Array.from(prevHash) },
  trimmedTo: 12,
  classes: [
    { name: 'urgent', expired: 3 },
    { name: 'zähl mich', expired: 2 ** 40 },
  ],
  cursors: [{ name: 'link', offset: 99, holds: true, classes: [0, 15] }],
  jumps: [{ offset: 7, by: -1_735_689_600_000 }],
  expiries: [{ klass: 1, reason: 'age', from: 5, to: 9, count: 3 }],
};

test('format: a state is read as it was written, and no flipped bit passes [JRN-20]', () => {
  const bytes = encodeState(state, 17);
  assert.equal(bytes.length, slotSize);
  assert.deepEqual(decodeState(bytes), { ok: true, value: { version: 1, sequence: 17, state } });
  for (const other of flipped(bytes, bytes.readUInt32LE(8))) assert.equal(decodeState(other).ok, false);
});

test('format: the largest state that the bounds allow fits its slot [JRN-19]', () => {
  const name = 'n'.repeat(64);
  const most = {
    ...state,
    classes: Array.from({ length: 16 }, () => ({ name, expired: 1 })),
    cursors: Array.from({ length: 64 }, () => ({ name, offset: 1, holds: true, classes: [0] })),
    jumps: Array.from({ length: 16 }, () => ({ offset: 1, by: 1 })),
    expiries: Array.from({ length: 32 }, () => state.expiries[0]!),
  };
  const read = decodeState(encodeState(most, 1));
  assert.ok(read.ok);
  assert.deepEqual(read.value.state, most);
});
