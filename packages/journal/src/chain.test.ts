import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { batchHash, bodyDigest, countRecords, forEachRecord, genesisHash } from './chain.ts';

const body = Buffer.from('0100000061' + '00000000' + '03000000626364', 'hex');

test('chain: the hash covers the hash before, every field and the digest, byte by byte as the page says [JRN-5]', () => {
  const fields = { klass: 3, firstOffset: 2 ** 40 + 7, count: 2, appendedAt: 1_735_689_600_123, bodyLength: 99 };
  const prevHash = genesisHash('0123456789ab');
  const plain = createHash('sha256').update(prevHash);
  const bytes = Buffer.alloc(32);
  bytes.writeBigUInt64LE(BigInt(fields.firstOffset), 0);
  bytes.writeBigUInt64LE(BigInt(fields.appendedAt), 8);
  bytes.writeUInt32LE(fields.count, 16);
  bytes.writeUInt32LE(fields.bodyLength, 20);
  bytes[24] = fields.klass;
  const digest = bodyDigest(body);
  assert.deepEqual(batchHash(fields, digest, prevHash), plain.update(bytes).update(digest).digest());
  const changes = [{ klass: 2 }, { firstOffset: 7 }, { count: 3 }, { appendedAt: 1 }, { bodyLength: 98 }];
  const hashes = changes.map((change) =>
    Buffer.from(batchHash({ ...fields, ...change }, digest, prevHash)).toString('hex'),
  );
  assert.equal(new Set(hashes).size, 5);
  assert.deepEqual(genesisHash('0123456789ab'), createHash('sha256').update('selvedge journal 0123456789ab').digest());
});

test('chain: the records of a body are visited in order, with where each begins and ends [JRN-4]', () => {
  const seen: unknown[] = [];
  assert.equal(
    forEachRecord(body, (start, end, index) => seen.push([index, body.toString('latin1', start, end)])),
    true,
  );
  assert.deepEqual(seen, [
    [0, 'a'],
    [1, ''],
    [2, 'bcd'],
  ]);
  assert.equal(countRecords(body), 3);
  assert.equal(countRecords(new Uint8Array(0)), 0);
});

test('chain: a body whose lengths do not add up is told from a whole one [JRN-4]', () => {
  for (let length = 0; length <= body.length; length++) {
    const whole = [0, 5, 9, 16].includes(length);
    assert.equal(countRecords(body.subarray(0, length)) >= 0, whole, `${length} bytes`);
  }
  assert.equal(countRecords(Buffer.from('ffffffff00', 'hex')), -1);
});
