import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeReading, type Reading } from '@selvedge/protocol';
import fc from 'fast-check';
import { recordReader } from './record-reader.ts';
import { series } from './series.ts';
import { type MetricSummary, summarize } from './summary.ts';

const seed = 77;
const reader = recordReader();

const readings = fc.array(
  fc.record({
    device: fc.constant('d'),
    takenAt: fc.integer({ min: 0, max: 1_000 }),
    receivedAt: fc.constant(0),
    values: fc.oneof(
      fc.record({ a: fc.integer({ min: -50, max: 50 }) }),
      fc.record({ a: fc.integer({ min: -50, max: 50 }), on: fc.boolean() }),
      fc.record({ text: fc.constant('x') }),
    ),
    quality: fc.constant(0),
  }),
  { minLength: 1, maxLength: 40 },
);

const rowsOf = (all: readonly Reading[]) =>
  all.map((reading, offset) => {
    const record = encodeReading(reading);
    const row = reader.read(record, 0, record.length, offset);
    assert.ok(row.ok);
    return row.value;
  });

test('series: chunks taken by their summaries give what their readings give one by one [CLD-16]', () => {
  let summarized = 0;
  fc.assert(
    fc.property(
      fc.array(readings, { maxLength: 6 }),
      fc.nat(900),
      fc.integer({ min: 1, max: 600 }),
      fc.integer({ min: 1, max: 9 }),
      (chunks, from, length, points) => {
        const range = { from, to: from + length, points };
        for (const metric of ['a', 'on', 'text', 'none']) {
          const quick = series(metric, range);
          const slow = series(metric, range);
          for (const chunk of chunks.map(rowsOf)) {
            const { takenFrom, takenTo, metrics } = summarize(chunk);
            const taken = quick.addSummary(takenFrom, takenTo, JSON.parse(metrics) as MetricSummary[]);
            if (taken) summarized += 1;
            else for (const row of chunk) quick.addRow(row);
            for (const row of chunk) slow.addRow(row);
          }
          assert.deepEqual(quick.points(), slow.points());
        }
      },
    ),
    { seed, numRuns: 300 },
  );
  assert.ok(summarized > 20, `${summarized} chunks were taken by their summary`);
});

test('series: buckets are equal, begin at `from`, and end before `to`; empty ones are left out [CLD-16]', () => {
  const at = (takenAt: number, a: number) =>
    rowsOf([{ device: 'd', takenAt, receivedAt: 0, values: { a }, quality: 0 }])[0]!;
  const folded = series('a', { from: 100, to: 200, points: 4 });
  for (const [time, a] of [
    [99, 1],
    [100, 2],
    [124, 4],
    [150, 8],
    [199, 16],
    [200, 32],
  ] as const)
    folded.addRow(at(time, a));
  assert.deepEqual(folded.points(), [
    { time: 100, count: 2, min: 2, max: 4, mean: 3 },
    { time: 150, count: 1, min: 8, max: 8, mean: 8 },
    { time: 175, count: 1, min: 16, max: 16, mean: 16 },
  ]);
});

test('summary: a metric whose sum is no number is left out, so that its chunk is opened', () => {
  const values = { big: Number.MAX_VALUE, small: 1 };
  const rows = rowsOf([1, 2].map((takenAt) => ({ device: 'd', takenAt, receivedAt: 0, values, quality: 0 })));
  assert.deepEqual(JSON.parse(summarize(rows).metrics), [['small', 2, 1, 1, 2]]);
});
