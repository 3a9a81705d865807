import type { Aggregate, FoldMetric, Shape } from '@selvedge/protocol';
import type { ReadingColumns } from '../../ports.ts';

/** Sums up folded readings of one source until its aggregate is told. */
export interface Window {
  /** The closing in which it began. */
  readonly since: number;
  /** Wall time of arrival of its first reading. */
  readonly began: number;
  /** Adds the reading in a row; only the named numbers of its shape. */
  add(columns: ReadingColumns, row: number, numbers: readonly string[]): void;
  readonly count: number;
  aggregate(): Aggregate;
}

interface Sum {
  count: number;
  min: number;
  max: number;
  mean: number;
  /** Sum of squared distances from the mean, by Welford's method, which does not lose small ones. */
  squares: number;
  first: number;
  last: number;
}

/** Metrics of one source in one aggregate; a device that invents names for ever must not fill the memory. */
const metricsMax = 256;

export function window(since: number, began: number): Window {
  const sums = new Map<string, Sum>();
  /** By slot of the shape that came last. */
  let slots: readonly (Sum | undefined)[] = [];
  let shape: Shape | undefined;
  let count = 0;
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;

  const sumOf = (metric: string): Sum | undefined => {
    const known = sums.get(metric);
    if (known || sums.size === metricsMax) return known;
    const fresh: Sum = { count: 0, min: 0, max: 0, mean: 0, squares: 0, first: 0, last: 0 };
    sums.set(metric, fresh);
    return fresh;
  };

  return {
    since,
    began,
    get count() {
      return count;
    },
    add(columns, row, numbers) {
      const is = columns.shape[row]!;
      if (is !== shape) {
        shape = is;
        slots = is.names.map((name) => (numbers.includes(name) ? sumOf(name) : undefined));
      }
      const at = columns.valueAt[row]!;
      for (let slot = 0; slot < slots.length; slot++) if (slots[slot]) add(slots[slot]!, columns.numbers[at + slot]!);
      const takenAt = columns.takenAt[row]!;
      if (takenAt < from) from = takenAt;
      if (takenAt > to) to = takenAt;
      count += 1;
    },
    aggregate: () => ({ from, to, count, metrics: Array.from(sums, ([metric, sum]) => metricOf(metric, sum)) }),
  };
}

function add(sum: Sum, value: number): void {
  sum.count += 1;
  if (sum.count === 1) {
    sum.min = sum.max = sum.first = sum.mean = sum.last = value;
    return;
  }
  if (value < sum.min) sum.min = value;
  if (value > sum.max) sum.max = value;
  const distance = value - sum.mean;
  sum.mean += distance / sum.count;
  sum.squares += distance * (value - sum.mean);
  sum.last = value;
}

/** Sums of values near the largest double overflow; what JSON cannot say is told as the largest. */
const finite = (value: number): number =>
  Number.isFinite(value) ? value : value < 0 ? -Number.MAX_VALUE : Number.MAX_VALUE;

const metricOf = (metric: string, sum: Sum): FoldMetric => ({
  metric,
  count: sum.count,
  min: sum.min,
  max: sum.max,
  mean: finite(sum.mean),
  deviation: finite(Math.sqrt(Math.max(0, sum.squares) / sum.count)),
  first: sum.first,
  last: sum.last,
});
