import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeReading, readReading } from '@selvedge/protocol';
import fc from 'fast-check';
import { anyReading } from '../../../test/arbitrary-readings.ts';
import { toReading } from './reading-row.ts';
import { recordReader } from './record-reader.ts';
import { appendToTail, readTail } from './tail.ts';

const seed = 4_711;

test('record reader: it reads what the protocol reads, the same way [CLD-15]', () => {
  const reader = recordReader();
  fc.assert(
    fc.property(anyReading(), fc.nat({ max: 9 }), (reading, offset) => {
      const record = encodeReading(reading);
      const row = reader.read(record, 0, record.length, offset);
      assert.ok(row.ok);
      assert.equal(row.value.offset, offset);
      assert.deepEqual({ ok: true, value: toReading(row.value) }, readReading(record));
    }),
    { seed, numRuns: 500 },
  );
});

test('record reader: it refuses what the protocol refuses [CLD-15]', () => {
  const reader = recordReader();
  const judged = { good: 0, bad: 0 };
  const compare = (bytes: Buffer): void => {
    const theirs = readReading(bytes);
    const ours = reader.read(bytes, 0, bytes.length, 0);
    assert.equal(ours.ok, theirs.ok, `${bytes.toString('hex')}: ${theirs.ok ? 'good' : theirs.why}`);
    if (ours.ok) assert.deepEqual({ ok: true, value: toReading(ours.value) }, theirs);
    judged[ours.ok ? 'good' : 'bad'] += 1;
  };
  fc.assert(
    fc.property(anyReading(), fc.nat(), fc.integer({ min: 1, max: 255 }), (reading, place, flip) => {
      const record = Buffer.from(encodeReading(reading));
      record[place % record.length]! ^= flip;
      compare(record);
      compare(record.subarray(0, place % record.length));
      compare(Buffer.concat([record, Uint8Array.of(flip)]));
    }),
    { seed, numRuns: 2_000 },
  );
  assert.ok(judged.good > 100 && judged.bad > 1_000, JSON.stringify(judged));
});

test('tail: records that were appended come back in order', () => {
  const reader = recordReader();
  fc.assert(
    fc.property(fc.array(anyReading(), { maxLength: 12 }), fc.nat({ max: 12 }), (readings, cut) => {
      const places = readings.map((reading, offset) => {
        const bytes = encodeReading(reading);
        return { offset, bytes, start: 0, end: bytes.length };
      });
      const tail = appendToTail(appendToTail(new Uint8Array(), places.slice(0, cut)), places.slice(cut));
      const rows = readTail(reader, tail);
      assert.ok(rows.ok);
      assert.deepEqual(rows.value.map(toReading), readings);
      assert.deepEqual(
        rows.value.map((row) => row.offset),
        [...readings.keys()],
      );
      if (tail.length > 0) assert.equal(readTail(reader, tail.subarray(0, tail.length - 1)).ok, false);
    }),
    { seed, numRuns: 200 },
  );
});
