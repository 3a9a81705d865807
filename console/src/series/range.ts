const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

/** How far back a chart looks, in how fine buckets, and how often it asks anew what the feed cannot tell it. */
export interface Range {
  readonly name: string;
  readonly label: string;
  readonly spanMs: number;
  readonly bucketMs: number;
  readonly refetchMs: number;
}

export const ranges = [
  { name: '5m', label: 'Last 5 minutes', spanMs: 5 * minute, bucketMs: second, refetchMs: minute },
  { name: '1h', label: 'Last hour', spanMs: hour, bucketMs: 12 * second, refetchMs: 2 * minute },
  { name: '24h', label: 'Last 24 hours', spanMs: 24 * hour, bucketMs: 5 * minute, refetchMs: 5 * minute },
  { name: '7d', label: 'Last 7 days', spanMs: 168 * hour, bucketMs: 30 * minute, refetchMs: 15 * minute },
] as const satisfies readonly Range[];

export type RangeName = (typeof ranges)[number]['name'];

export const rangeOf = (name: RangeName): Range => ranges.find((range) => range.name === name) ?? ranges[0];

/** The trend beside a device in the fleet table. */
export const trendRange: Range = {
  name: 'trend',
  label: 'Last 5 minutes',
  spanMs: 5 * minute,
  bucketMs: 5 * second,
  refetchMs: Number.POSITIVE_INFINITY,
};

/** What to ask the API for, so that its buckets begin at multiples of the bucket's length and live readings fit in. */
export function seriesRequest(range: Range, now: number): { from: number; to: number; points: number } {
  const to = Math.floor(now / range.bucketMs) * range.bucketMs + range.bucketMs;
  const points = Math.ceil(range.spanMs / range.bucketMs);
  return { from: to - points * range.bucketMs, to, points };
}
