import { type Interval, meetsInterval } from '@selvedge/protocol';

/** One lane's way through the journal: what was sent and is not acknowledged, and what comes next. */
export interface Lane {
  readonly klass: number;
  /** Where the next batch is looked for. */
  next: number;
  /** Offsets and bytes of what is on its way, in order. */
  readonly inFlight: { from: number; to: number; size: number }[];
}

export const freshLane = (klass: number, next: number): Lane => ({ klass, next, inFlight: [] });

/** Takes back what a lost link left unanswered. */
export function rewind(lane: Lane): void {
  const first = lane.inFlight[0];
  if (first) lane.next = first.from;
  lane.inFlight.length = 0;
}

export function sent(lane: Lane, from: number, to: number, size: number): void {
  lane.inFlight.push({ from, to, size });
  lane.next = to;
}

/**
 * Removes what the cloud has; gives the offset before which the lane has nothing left to do: all of its class below is
 * with the cloud.
 */
export function acknowledge(lane: Lane, intervals: readonly Interval[]): number {
  const left = lane.inFlight.filter((one) => !meetsInterval(intervals, [one.from, one.to]));
  lane.inFlight.length = 0;
  lane.inFlight.push(...left);
  return lane.inFlight[0]?.from ?? lane.next;
}

export const bytesInFlight = (lanes: readonly Lane[]): number =>
  lanes.reduce((sum, lane) => sum + lane.inFlight.reduce((part, one) => part + one.size, 0), 0);
