import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { chunkRows, cutRows, dayBegin, dayOf, planDays, type SmallChunk, splitByDay } from './chunk-plan.ts';
import type { ReadingRow } from './reading-row.ts';

const seed = 512;
const shape = { id: 0, names: [], kinds: [], bytes: new Uint8Array() };
const rowAt = (takenAt: number, offset: number): ReadingRow => ({
  device: 'd',
  offset,
  takenAt,
  receivedAt: takenAt,
  boot: -1,
  seq: -1,
  quality: 0,
  shape,
  values: [],
});

test('chunk plan: rows are split by day and lose nothing [CLD-13]', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -1e13, max: 1e13, noNaN: true }), { maxLength: 60 }), (times) => {
      const rows = times.map(rowAt);
      const days = splitByDay(rows);
      assert.equal(
        days.reduce((sum, one) => sum + one.rows.length, 0),
        rows.length,
      );
      for (const { day, rows: inDay } of days) {
        assert.ok(inDay.every((row) => row.takenAt >= dayBegin(day) && row.takenAt < dayBegin(day + 1)));
        assert.ok(inDay.every((row, i) => i === 0 || inDay[i - 1]!.offset < row.offset));
      }
      assert.deepEqual(
        days.map(({ day }) => day),
        [...new Set(times.map(dayOf))].sort((a, b) => a - b),
      );
    }),
    { seed },
  );
});

test('chunk plan: pieces are full, or there is one that is not', () => {
  for (const count of [1, 511, 512, 513, 1_023, 1_024, 5_000]) {
    const pieces = cutRows(Array.from({ length: count }, (_, i) => rowAt(i, i)));
    assert.deepEqual(
      pieces.flat().map((row) => row.offset),
      [...Array(count).keys()],
    );
    assert.ok(pieces.length === 1 || pieces.every((piece) => piece.length >= chunkRows));
    assert.ok(pieces.every((piece) => piece.length < 2 * chunkRows));
  }
});

test('chunk plan: a device that trickles ends up with full chunks, each reading written about three times [CLD-14]', () => {
  let small: SmallChunk[] = [];
  let written = 0;
  let full = 0;
  let nextId = 1;
  const rows = 20_000;
  for (let at = 0; at < rows; at += 16) {
    const fresh = Array.from({ length: 16 }, (_, i) => rowAt(at + i, at + i));
    for (const plan of planDays([{ day: 0, rows: fresh }], small)) {
      const merged = small.filter((one) => plan.merge.includes(one.id));
      small = small.filter((one) => !plan.merge.includes(one.id));
      const total = plan.rows.length + merged.reduce((sum, one) => sum + one.rows, 0);
      written += total;
      if (total >= chunkRows) full += total;
      else small.push({ id: nextId++, day: 0, rows: total });
    }
    assert.ok(small.length <= 32, `${small.length} small chunks at ${at}`);
  }
  assert.equal(full + small.reduce((sum, one) => sum + one.rows, 0), rows);
  assert.ok(written / rows <= 2, `each reading is written ${written / rows} times as columns`);
});

test('chunk plan: what is left of past days is merged, though it does not fill a chunk', () => {
  const small = Array.from({ length: 8 }, (_, i) => ({ id: i + 1, day: 3, rows: 16 }));
  const plans = planDays([{ day: 4, rows: [rowAt(dayBegin(4), 900)] }], small);
  assert.deepEqual(plans.find((plan) => plan.day === 3)?.merge, [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(plans.find((plan) => plan.day === 4)?.merge, []);
  assert.equal(planDays([{ day: 4, rows: [rowAt(dayBegin(4), 900)] }], small.slice(1)).length, 1);
});
