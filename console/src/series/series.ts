import type { SeriesPoint } from '../api/views.ts';

/** A metric in equal buckets, oldest first: fetched, then kept true by the readings of the feed. */
export interface Series {
  readonly bucketMs: number;
  readonly points: readonly SeriesPoint[];
  /** Buckets that begin before this were fetched when they were over: a reading for one that is there is in it already. */
  readonly closedTo: number;
}

export interface TimedValue {
  readonly time: number;
  readonly value: number;
}

export const emptySeries = (bucketMs: number): Series => ({ bucketMs, points: [], closedTo: 0 });

/** What the API gave at `fetchedAt`. The bucket that was still running then stays open for more readings. */
export function fetchedSeries(points: readonly SeriesPoint[], bucketMs: number, fetchedAt: number): Series {
  const aligned = points.map((point) => ({ ...point, time: bucketOf(point.time, bucketMs) }));
  return { bucketMs, points: aligned, closedTo: bucketOf(fetchedAt, bucketMs) };
}

/**
 * Folds readings in, in any order. One that belongs into a closed bucket is left out, since the fetch counted it; one for
 * a bucket that is not there makes it, which is how a gap fills while a node catches up.
 */
export function addReadings(series: Series, readings: readonly TimedValue[]): Series {
  if (readings.length === 0) return series;
  const points = [...series.points];
  const fetched = new Set<number>();
  for (const point of series.points) if (point.time < series.closedTo) fetched.add(point.time);
  for (const { time, value } of readings) {
    const bucket = bucketOf(time, series.bucketMs);
    if (fetched.has(bucket) || !Number.isFinite(value)) continue;
    const place = placeOf(points, bucket);
    const old = points[place];
    if (old?.time === bucket) points[place] = folded(old, value);
    else points.splice(place, 0, { time: bucket, count: 1, min: value, max: value, mean: value });
  }
  return { ...series, points };
}

/** Two series of the same buckets as one; where both have a bucket, that of `first` counts. */
export function mergeSeries(first: Series, second: Series): Series {
  const have = new Set(first.points.map((point) => point.time));
  const added = second.points.filter((point) => !have.has(point.time));
  if (added.length === 0) return first;
  return { ...first, points: [...first.points, ...added].sort((a, b) => a.time - b.time) };
}

/** Drops the buckets that begin before `from`. */
export function trimSeries(series: Series, from: number): Series {
  const first = placeOf(series.points, from);
  return first === 0 ? series : { ...series, points: series.points.slice(first) };
}

export type ChartColumns = [seconds: number[], mean: (number | null)[], min: (number | null)[], max: (number | null)[]];

/** Columns as uPlot takes them, times in seconds, with an empty row wherever nothing came for much longer than usual. */
export function chartColumns(series: Series): ChartColumns {
  const columns: ChartColumns = [[], [], [], []];
  const gap = usualStep(series) * 3.5;
  let before: SeriesPoint | undefined;
  for (const point of series.points) {
    if (before && point.time - before.time > gap) push(columns, before.time + gap / 2, null, null, null);
    push(columns, point.time, point.mean, point.min, point.max);
    before = point;
  }
  return columns;
}

/** The middle distance between neighbours: how often the device speaks, as far as the buckets can tell. */
function usualStep(series: Series): number {
  const steps = series.points.slice(1).map((point, index) => point.time - series.points[index]!.time);
  steps.sort((a, b) => a - b);
  return Math.max(series.bucketMs, steps[Math.floor(steps.length / 2)] ?? 0);
}

function push(columns: ChartColumns, time: number, mean: number | null, min: number | null, max: number | null): void {
  columns[0].push(time / 1_000);
  columns[1].push(mean);
  columns[2].push(min);
  columns[3].push(max);
}

const bucketOf = (time: number, bucketMs: number): number => Math.floor(time / bucketMs) * bucketMs;

/** Where a bucket stands or would stand; searched from the end, because readings mostly belong there. */
function placeOf(points: readonly SeriesPoint[], bucket: number): number {
  let place = points.length;
  while (place > 0 && points[place - 1]!.time >= bucket) place -= 1;
  return place;
}

function folded(point: SeriesPoint, value: number): SeriesPoint {
  const count = point.count + 1;
  return {
    time: point.time,
    count,
    min: Math.min(point.min, value),
    max: Math.max(point.max, value),
    mean: point.mean + (value - point.mean) / count,
  };
}
