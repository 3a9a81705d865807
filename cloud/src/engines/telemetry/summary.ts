import type { ReadingRow } from './reading-row.ts';

/** A metric of a chunk: its name, how many values, the least, the largest, the sum. Switches count as 0 and 1. */
export type MetricSummary = readonly [name: string, count: number, min: number, max: number, sum: number];

/** What stands beside a chunk so that most questions need not open it. Ends are inclusive. */
export interface ChunkSummary {
  readonly rows: number;
  readonly offsetFrom: number;
  readonly offsetTo: number;
  readonly takenFrom: number;
  readonly takenTo: number;
  /** Of the rows that are named; null without any. */
  readonly bootFrom: number | null;
  readonly bootTo: number | null;
  readonly seqFrom: number | null;
  readonly seqTo: number | null;
  /** `MetricSummary` as JSON. A metric whose sum is no finite number is left out, so that the chunk is opened for it. */
  readonly metrics: string;
}

export function summarize(rows: readonly ReadingRow[]): ChunkSummary {
  const named = rows.filter((row) => row.boot >= 0);
  const [offsetFrom, offsetTo] = ends(rows, (row) => row.offset);
  const [takenFrom, takenTo] = ends(rows, (row) => row.takenAt);
  const [bootFrom, bootTo] = named.length > 0 ? ends(named, (row) => row.boot) : [null, null];
  const [seqFrom, seqTo] = named.length > 0 ? ends(named, (row) => row.seq) : [null, null];
  const metrics = JSON.stringify(metricSummaries(rows));
  return { rows: rows.length, offsetFrom, offsetTo, takenFrom, takenTo, bootFrom, bootTo, seqFrom, seqTo, metrics };
}

function ends(rows: readonly ReadingRow[], of: (row: ReadingRow) => number): readonly [number, number] {
  let least = Number.POSITIVE_INFINITY;
  let largest = Number.NEGATIVE_INFINITY;
  for (const row of rows) {
    const value = of(row);
    if (value < least) least = value;
    if (value > largest) largest = value;
  }
  return [least, largest];
}

function metricSummaries(rows: readonly ReadingRow[]): readonly MetricSummary[] {
  const totals = new Map<string, { count: number; min: number; max: number; sum: number }>();
  for (const { shape, values } of rows) {
    for (let i = 0; i < values.length; i++) {
      const raw = values[i]!;
      if (typeof raw === 'string') continue;
      const value = Number(raw);
      let total = totals.get(shape.names[i]!);
      if (!total) totals.set(shape.names[i]!, (total = { count: 0, min: value, max: value, sum: 0 }));
      total.count += 1;
      total.sum += value;
      if (value < total.min) total.min = value;
      if (value > total.max) total.max = value;
    }
  }
  return [...totals]
    .filter(([, total]) => Number.isFinite(total.sum))
    .map(([name, total]) => [name, total.count, total.min, total.max, total.sum]);
}
