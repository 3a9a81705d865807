import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SeriesPoint } from '../api/views.ts';
import { rangeOf, ranges, seriesRequest } from './range.ts';
import { addReadings, chartColumns, emptySeries, fetchedSeries, mergeSeries, trimSeries } from './series.ts';

const point = (time: number, value: number, count = 1): SeriesPoint => ({
  time,
  count,
  min: value,
  max: value,
  mean: value,
});

test('console: a live reading opens a bucket and later ones fold into it [CON-4]', () => {
  const series = addReadings(emptySeries(1_000), [
    { time: 10_100, value: 4 },
    { time: 10_900, value: 8 },
    { time: 11_000, value: 1 },
  ]);
  assert.deepEqual(series.points, [
    { time: 10_000, count: 2, min: 4, max: 8, mean: 6 },
    { time: 11_000, count: 1, min: 1, max: 1, mean: 1 },
  ]);
});

test('console: a reading that the fetch has counted is not counted again [CON-4]', () => {
  const series = fetchedSeries([point(8_000, 2, 5), point(9_000, 3, 5), point(10_000, 4, 2)], 1_000, 10_400);
  const after = addReadings(series, [
    { time: 9_500, value: 99 },
    { time: 10_500, value: 7 },
  ]);
  assert.deepEqual(after.points[1], point(9_000, 3, 5));
  assert.deepEqual(after.points[2], { time: 10_000, count: 3, min: 4, max: 7, mean: 5 });
});

test('console: readings that come late, after an outage, fill the gap in order [CON-4]', () => {
  const series = fetchedSeries([point(1_000, 1), point(9_000, 9)], 1_000, 9_500);
  const after = addReadings(series, [
    { time: 5_000, value: 5 },
    { time: 3_000, value: 3 },
    { time: 3_400, value: 4 },
  ]);
  assert.deepEqual(
    after.points.map(({ time, count }) => [time, count]),
    [
      [1_000, 1],
      [3_000, 2],
      [5_000, 1],
      [9_000, 1],
    ],
  );
});

test('console: adding does not change the series it was given, and no number that is none gets in [CON-4]', () => {
  const series = fetchedSeries([point(1_000, 1)], 1_000, 1_500);
  addReadings(series, [{ time: 1_600, value: 5 }]);
  assert.deepEqual(series.points, [point(1_000, 1)]);
  assert.equal(addReadings(series, [{ time: 2_000, value: Number.NaN }]).points.length, 1);
  assert.equal(addReadings(series, []), series);
});

test('console: fetched buckets count before live ones of the same time [CON-4]', () => {
  const fetched = fetchedSeries([point(2_000, 2), point(4_000, 4)], 1_000, 4_100);
  const live = addReadings(emptySeries(1_000), [
    { time: 1_000, value: 10 },
    { time: 4_000, value: 40 },
    { time: 5_000, value: 50 },
  ]);
  assert.deepEqual(
    mergeSeries(fetched, live).points.map(({ time, mean }) => [time, mean]),
    [
      [1_000, 10],
      [2_000, 2],
      [4_000, 4],
      [5_000, 50],
    ],
  );
  assert.deepEqual(trimSeries(fetched, 3_000).points, [point(4_000, 4)]);
});

test('console: a chart shows a silence as a gap and not as a line [CON-4]', () => {
  const series = fetchedSeries(
    [1, 2, 3, 4, 30, 31].map((at) => point(at * 1_000, at)),
    1_000,
    40_000,
  );
  const [seconds, mean] = chartColumns(series);
  assert.deepEqual(mean, [1, 2, 3, 4, null, 30, 31]);
  assert.ok(seconds[4]! > 4 && seconds[4]! < 30);
  const slow = fetchedSeries(
    [0, 10, 20, 30].map((at) => point(at * 1_000, at)),
    1_000,
    40_000,
  );
  assert.equal(chartColumns(slow)[1].includes(null), false, 'a device that speaks every 10 s has no gaps');
});

test('console: every range asks for whole buckets that begin at multiples of their length [CON-4]', () => {
  for (const { name } of ranges) {
    const range = rangeOf(name);
    const { from, to, points } = seriesRequest(range, 1_790_000_012_345);
    assert.equal((to - from) / points, range.bucketMs, name);
    assert.equal(from % range.bucketMs, 0, name);
    assert.ok(to > 1_790_000_012_345, name);
    assert.ok(points <= 400, name);
  }
});
