/** Events counted in whole seconds, newest last. */
export interface RateMeter {
  readonly second: number;
  readonly counts: readonly number[];
}

/** How many whole seconds are kept: what the small curve beside the figure shows. */
const keptSeconds = 60;
/** Over how many the figure is taken. */
const meanSeconds = 5;

export const emptyRate: RateMeter = { second: 0, counts: [] };

/** Counts `count` events at `now`. Time that goes back is taken as the newest second. */
export function countEvents(meter: RateMeter, count: number, now: number): RateMeter {
  const second = Math.floor(now / 1_000);
  if (meter.counts.length === 0) return { second, counts: [count] };
  const passed = Math.min(keptSeconds, Math.max(0, second - meter.second));
  const counts = [...meter.counts, ...Array<number>(passed).fill(0)].slice(-keptSeconds);
  counts[counts.length - 1]! += count;
  return { second: Math.max(second, meter.second), counts };
}

/** Mean per second over the last whole seconds; the running one would always look like a fall. */
export function eventsPerSecond(meter: RateMeter, now: number): number {
  const whole = wholeSeconds(meter, now).slice(-meanSeconds);
  return whole.length === 0 ? 0 : whole.reduce((sum, count) => sum + count, 0) / whole.length;
}

/** The counts of the seconds that are over. */
export function wholeSeconds(meter: RateMeter, now: number): readonly number[] {
  return countEvents(meter, 0, now).counts.slice(0, -1);
}
