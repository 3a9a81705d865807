import type { ReadingEvent, Value, Values } from '../api/views.ts';
import { trendRange } from '../series/range.ts';
import { addReadings, emptySeries, type Series, trimSeries } from '../series/series.ts';

/** What the feed has told of one device since the page was opened. */
export interface LiveDevice {
  readonly id: string;
  readonly node: string;
  readonly values: Values;
  readonly takenAt: number;
  readonly readingsTotal: number;
  /** The metric that the small curve shows: the device's first numeric one. */
  readonly trendMetric: string | undefined;
  readonly trend: Series;
}

/** The metric that stands for a device: its first number. */
export function trendMetricOf(values: Values): string | undefined {
  for (const [metric, value] of Object.entries(values)) if (typeof value === 'number') return metric;
  return undefined;
}

/** A value as a chart shows it: numbers as they are, switches as 0 and 1, texts not at all. */
export function chartable(value: Value | undefined): number | undefined {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/**
 * The device after one more reading. A reading taken before the newest one (a node catches up) adds to the curve and the
 * count but leaves the latest values alone.
 */
export function afterReading(device: LiveDevice | undefined, reading: ReadingEvent): LiveDevice {
  const isNewest = device === undefined || reading.takenAt >= device.takenAt;
  const values = isNewest ? { ...device?.values, ...reading.values } : { ...reading.values, ...device.values };
  const trendMetric = device?.trendMetric ?? trendMetricOf(values);
  const value = trendMetric === undefined ? undefined : chartable(reading.values[trendMetric]);
  const takenAt = isNewest ? reading.takenAt : device.takenAt;
  const before = device?.trend ?? emptySeries(trendRange.bucketMs);
  const added = value === undefined ? before : addReadings(before, [{ time: reading.takenAt, value }]);
  return {
    id: reading.device,
    node: isNewest ? reading.node : device.node,
    values,
    takenAt,
    readingsTotal: Math.max(reading.readingsTotal, device?.readingsTotal ?? 0),
    trendMetric,
    trend: trimSeries(added, takenAt - trendRange.spanMs),
  };
}

/** How many readings an event stands for: a busy cloud tells of several at once, and the device's total says how many. */
export function readingsIn(device: LiveDevice | undefined, reading: ReadingEvent): number {
  if (device === undefined || device.readingsTotal === 0) return 1;
  return Math.max(1, reading.readingsTotal - device.readingsTotal);
}
