import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeReading, type Reading, writeReading } from '@selvedge/protocol';
import fc from 'fast-check';
import { anyReading, finite } from '../../../test/arbitrary-readings.ts';
import { chunkCodec } from './chunk.ts';
import { type ReadingRow, recordSizeMax, toReading, utf8 } from './reading-row.ts';
import { recordReader } from './record-reader.ts';

const seed = 20_260_301;
const reader = recordReader();
const codec = chunkCodec(reader);

function rowOf(reading: Reading, offset: number): ReadingRow {
  const record = encodeReading(reading);
  const row = reader.read(record, 0, record.length, offset);
  assert.ok(row.ok, `seed ${seed}: ${row.ok ? '' : row.why}`);
  return row.value;
}

function recordOf(row: ReadingRow): Buffer {
  const deviceUtf8 = utf8(row.device);
  const room = Buffer.alloc(recordSizeMax(row, deviceUtf8));
  return room.subarray(0, writeReading(room, 0, { ...row, deviceUtf8 }));
}

function reopened(rows: readonly ReadingRow[]): readonly ReadingRow[] {
  const opened = codec.decode(rows[0]?.device ?? 'pump-7', codec.encode(rows));
  assert.ok(opened.ok, `seed ${seed}: ${opened.ok ? '' : opened.why}`);
  return opened.value;
}

const offsets = (count: number) =>
  fc.oneof(
    fc.nat({ max: 10_000 }).map((first) => Array.from({ length: count }, (_, i) => first + i)),
    fc.array(fc.maxSafeNat(), { minLength: count, maxLength: count }),
  );

test('chunk: every reading comes back, and its record byte for byte [CLD-12]', () => {
  fc.assert(
    fc.property(
      fc
        .array(anyReading(), { maxLength: 40 })
        .chain((readings) => fc.tuple(fc.constant(readings), offsets(readings.length))),
      ([readings, at]) => {
        const back = reopened(readings.map((reading, index) => rowOf(reading, at[index]!)));
        assert.deepEqual(
          back.map((row) => row.offset),
          at,
        );
        for (const [index, row] of back.entries()) {
          assert.deepEqual(recordOf(row), encodeReading(readings[index]!));
          assert.deepEqual(toReading(row), readings[index]);
        }
      },
    ),
    { seed, numRuns: 400 },
  );
});

test('chunk: a column of any finite doubles comes back bit by bit [CLD-12]', () => {
  fc.assert(
    fc.property(fc.array(finite, { minLength: 1, maxLength: 200 }), (column) => {
      const rows = column.map((value, i) =>
        rowOf({ device: 'd', takenAt: i, receivedAt: i, values: { value }, quality: 0 }, i),
      );
      const back = reopened(rows).map((row) => row.values[0]);
      assert.ok(back.every((value, i) => Object.is(value, column[i])));
    }),
    { seed, numRuns: 400 },
  );
});

test('chunk: full columns of one sort come back bit by bit [CLD-12]', () => {
  const sorts: Readonly<Record<string, (i: number) => number>> = {
    decimals: (i) => Math.round(2_000 + 50 * Math.sin(i * 1.7)) / 100,
    'decimals with a few that are not': (i) => (i % 40 === 0 ? 0.1 + 0.2 : i / 1_000),
    'both zeros': (i) => (i % 3 === 0 ? -0 : 0),
    'full doubles': (i) => Math.sin(i) * 1e-7,
    floats: (i) => Math.fround(20 + Math.sin(i)),
    'a counter beyond 32 bits': (i) => 5e9 + i * 3,
    'whole numbers to the edge': (i) => (i % 2 === 0 ? 1 : -1) * (2 ** 53 - i),
    'all the same': () => 21.37,
    'very large and very small': (i) => (i % 2 === 0 ? 1e300 : 1e-300),
  };
  for (const [sort, at] of Object.entries(sorts)) {
    const rows = Array.from({ length: 512 }, (_, i) =>
      rowOf(
        {
          device: 'd',
          boot: 0,
          seq: i,
          takenAt: 1.7e12 + i * 1_000,
          receivedAt: 1.7e12 + i * 1_001,
          values: { value: at(i) },
          quality: 0,
        },
        i,
      ),
    );
    assert.ok(
      reopened(rows).every((row, i) => Object.is(row.values[0], at(i))),
      sort,
    );
  }
});

test('chunk: noisy readings of four values take less than three bytes a value, names and times included', () => {
  let state = 1;
  const noise = (): number => {
    let sum = -6;
    for (let i = 0; i < 12; i++) {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      sum += state / 2 ** 31;
    }
    return sum;
  };
  const rows = Array.from({ length: 512 }, (_, i) => {
    const values = {
      temperature: Math.round(2_200 + 50 * noise()) / 100,
      humidity: Math.round(450 + 20 * noise()) / 10,
      pressure: Math.round(101_300 + 100 * noise()) / 100,
      vibration: Math.round(500 + 100 * noise()) / 10_000,
    };
    const takenAt = 1.7e12 + i * 1_000 + Math.round(5 * noise());
    return rowOf({ device: 'd', boot: 3, seq: i, takenAt, receivedAt: takenAt + 4, values, quality: 0 }, 1_000 * i);
  });
  const bytes = codec.encode(rows).length / rows.length;
  assert.ok(bytes < 4 * 3, `${bytes} bytes a reading`);
});

test('chunk: what is cut off, altered or foreign is refused, never misread as longer than it was', () => {
  const rows = Array.from({ length: 60 }, (_, i) =>
    rowOf(
      { device: 'd', takenAt: i, receivedAt: i, values: { a: i / 10, b: `t${i % 3}`, c: i % 2 === 0 }, quality: 0 },
      i,
    ),
  );
  const whole = codec.encode(rows);
  for (let length = 0; length < whole.length; length++) {
    assert.equal(codec.decode('d', whole.subarray(0, length)).ok, false, `cut at ${length}`);
  }
  fc.assert(
    fc.property(fc.nat({ max: whole.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const altered = Buffer.from(whole);
      altered[at]! ^= flip;
      const opened = codec.decode('d', altered);
      assert.ok(!opened.ok || opened.value.length <= 65_536);
    }),
    { seed, numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const opened = codec.decode('d', Buffer.from(bytes));
      assert.equal(typeof opened.ok, 'boolean');
    }),
    { seed, numRuns: 500 },
  );
});
