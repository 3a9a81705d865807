import type { FoldMetric } from '@selvedge/protocol';
import type { SeriesPoint } from '../../ports.ts';
import type { ReadingRow } from './reading-row.ts';
import type { MetricSummary } from './summary.ts';

/** A metric folded into equal buckets of time. */
export interface Series {
  /**
   * Takes a chunk by its summary and gives true, or gives false where its readings must be added one by one: they fall
   * into more than one bucket, or the summary does not speak of the metric.
   */
  addSummary(takenFrom: number, takenTo: number, metrics: readonly MetricSummary[]): boolean;
  addRow(row: ReadingRow): void;
  /** Takes an aggregate of folded readings; it counts in the bucket of its middle. */
  addFold(takenFrom: number, takenTo: number, metrics: readonly FoldMetric[]): void;
  /** Buckets with at least one value, oldest first. */
  points(): readonly SeriesPoint[];
}

/** `from` is inclusive, `to` exclusive; `points` is the number of buckets between them. */
export function series(metric: string, range: { from: number; to: number; points: number }): Series {
  const { from, to } = range;
  const buckets = Math.max(1, Math.floor(range.points));
  const width = (to - from) / buckets;
  const counts = new Float64Array(buckets);
  const sums = new Float64Array(buckets);
  const least = new Float64Array(buckets).fill(Number.POSITIVE_INFINITY);
  const largest = new Float64Array(buckets).fill(Number.NEGATIVE_INFINITY);

  const bucketOf = (time: number): number => Math.min(buckets - 1, Math.floor((time - from) / width));
  const add = (bucket: number, count: number, min: number, max: number, sum: number): void => {
    counts[bucket]! += count;
    sums[bucket]! += sum;
    if (min < least[bucket]!) least[bucket] = min;
    if (max > largest[bucket]!) largest[bucket] = max;
  };

  return {
    addSummary(takenFrom, takenTo, metrics) {
      if (takenFrom < from || takenTo >= to || bucketOf(takenFrom) !== bucketOf(takenTo)) return false;
      const one = metrics.find(([name]) => name === metric);
      if (one) add(bucketOf(takenFrom), one[1], one[2], one[3], one[4]);
      return one !== undefined;
    },
    addRow({ takenAt, shape, values }) {
      if (takenAt < from || takenAt >= to) return;
      for (let i = 0; i < values.length; i++) {
        if (shape.names[i] !== metric || typeof values[i] === 'string') continue;
        const value = Number(values[i]);
        add(bucketOf(takenAt), 1, value, value, value);
      }
    },
    addFold(takenFrom, takenTo, metrics) {
      const middle = (takenFrom + takenTo) / 2;
      if (middle < from || middle >= to) return;
      for (const one of metrics)
        if (one.metric === metric) add(bucketOf(middle), one.count, one.min, one.max, one.mean * one.count);
    },
    points: () =>
      Array.from(counts, (count, bucket) => ({
        time: from + bucket * width,
        count,
        min: least[bucket]!,
        max: largest[bucket]!,
        mean: sums[bucket]! / count,
      })).filter((point) => point.count > 0),
  };
}
