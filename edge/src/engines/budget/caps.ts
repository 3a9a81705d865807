import type { LinkFlow } from '../../ports.ts';

/**
 * What gives way when a metered link nears its cap, in this order: from so much of the month's bytes on, the flow waits for
 * the next month. Critical never does: an alarm is worth more than a bill, so that is the one thing that may pass the cap.
 */
const limits = {
  expendable: 0.8,
  backlog: [Number.POSITIVE_INFINITY, 0.92, 0.88, 0.85],
  live: [Number.POSITIVE_INFINITY, 1, 0.98, 0.95],
} as const;

/** Whether the flow may send when `used` (0 … 1) of the cap is used up. [BUD-10] */
export function withinCap(flow: LinkFlow, expendable: boolean, used: number): boolean {
  const least = Math.min(flow.klass, 3);
  const limit = limits[flow.tier][least]!;
  return used < (expendable ? Math.min(limits.expendable, limit) : limit);
}
