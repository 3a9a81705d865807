import type { Batch } from '@selvedge/journal';
import { addInterval, type Interval, meetsInterval, subtractInterval } from './interval.ts';

/**
 * One class of the journal on its way to the cloud. Whatever of it the cloud may lack is in exactly one place: waiting as
 * live, fetched or not yet fetched from the backlog, or in flight.
 */
export interface Lane {
  readonly klass: number;
  /** What came since the welcome, oldest first; `at` is clock ticks. */
  readonly live: { readonly batch: Batch; readonly at: number }[];
  liveBytes: number;
  /** Offsets in which batches of the class may lie that were left behind; sorted and disjoint. */
  ranges: readonly Interval[];
  /** Of them, what goes batch by batch, because in a bundle it was refused. */
  suspect: readonly Interval[];
  /** The next of the backlog, read from the journal already. */
  readonly replay: Batch[];
  replayBytes: number;
  readonly flights: Flight[];
  isFetching: boolean;
  /** Batches that were live and went to the backlog because the link was too slow. */
  demoted: number;
  /** Bytes of a frame for a byte of plain bodies, smoothed. */
  ratio: number;
}

/** A frame that is not acknowledged. */
export interface Flight {
  /** What of it is unacknowledged. */
  left: readonly Interval[];
  readonly from: number;
  readonly to: number;
  /** It holds one batch, so its first offset names it. */
  readonly single: boolean;
  /** What the budget knows it by. */
  readonly departure: unknown;
  /** The connection that it left by. */
  readonly by: object;
}

export const freshLane = (klass: number, ranges: readonly Interval[]): Lane => ({
  klass,
  live: [],
  liveBytes: 0,
  ranges,
  suspect: [],
  replay: [],
  replayBytes: 0,
  flights: [],
  isFetching: false,
  demoted: 0,
  ratio: 1,
});

export const rangeOf = (batch: Batch): Interval => [batch.firstOffset, batch.firstOffset + batch.count];

export function pushLive(lane: Lane, batch: Batch, at: number): void {
  lane.live.push({ batch, at });
  lane.liveBytes += batch.bodyLength;
}

/** Takes from the front of a queue as many batches as fit into `bytes`, and at least one. */
export function takeBatches(lane: Lane, tier: 'live' | 'replay', bytes: number, countMax: number): Batch[] {
  const queue = tier === 'live' ? lane.live : lane.replay;
  const batchAt = (index: number): Batch => (tier === 'live' ? lane.live[index]!.batch : lane.replay[index]!);
  let size = batchAt(0).bodyLength;
  let count = 1;
  while (count < queue.length && count < countMax && size + batchAt(count).bodyLength <= bytes)
    size += batchAt(count++).bodyLength;
  const taken = Array.from({ length: count }, (_, index) => batchAt(index));
  queue.splice(0, count);
  if (tier === 'live') lane.liveBytes -= size;
  else lane.replayBytes -= size;
  return taken;
}

/** Leaves the oldest `count` live batches to the backlog. [BUD-4] */
export function demote(lane: Lane, count: number): void {
  const gone = lane.live.splice(0, count);
  if (gone.length === 0) return;
  for (const { batch } of gone) lane.liveBytes -= batch.bodyLength;
  const range: Interval = [gone[0]!.batch.firstOffset, rangeOf(gone.at(-1)!.batch)[1]];
  lane.ranges = addInterval(lane.ranges, range);
  lane.demoted += gone.length;
}

/**
 * Removes what the cloud has from what is in flight. Gives the flights that are over.
 */
export function acknowledge(lane: Lane, intervals: readonly Interval[]): readonly Flight[] {
  const over: Flight[] = [];
  for (const flight of lane.flights) {
    if (!meetsInterval(intervals, [flight.from, flight.to])) continue;
    for (const interval of intervals) flight.left = subtractInterval(flight.left, interval);
    if (flight.left.length === 0) over.push(flight);
  }
  for (const interval of intervals) lane.suspect = subtractInterval(lane.suspect, interval);
  remove(lane, over);
  return over;
}

/** What left by a connection that is lost goes to the backlog. Gives the flights that are over by that. */
export function loseFlights(lane: Lane, by: object): readonly Flight[] {
  const lost = lane.flights.filter((flight) => flight.by === by);
  for (const { left } of lost) for (const one of left) lane.ranges = addInterval(lane.ranges, one);
  remove(lane, lost);
  return lost;
}

/** A run of a frame was refused: it goes again, batch by batch. Gives the flights that are over by that. */
export function takeBack(lane: Lane, flight: Flight, run: Interval): readonly Flight[] {
  lane.ranges = addInterval(lane.ranges, run);
  lane.suspect = addInterval(lane.suspect, run);
  flight.left = subtractInterval(flight.left, run);
  const over = flight.left.length === 0 ? [flight] : [];
  remove(lane, over);
  return over;
}

/** The first offset that the lane is not done with; `scanned` when it has nothing left to do before it. */
export function firstUndone(lane: Lane, scanned: number): number {
  let least = scanned;
  for (const { left } of lane.flights) if (left[0]![0] < least) least = left[0]![0];
  const others = [lane.live[0]?.batch.firstOffset, lane.replay[0]?.firstOffset, lane.ranges[0]?.[0]];
  for (const offset of others) if (offset !== undefined && offset < least) least = offset;
  return least;
}

/** The flight of a frame that holds these batches, in the order of their offsets. */
export function flightOf(batches: readonly Batch[], departure: unknown, by: object, single: boolean): Flight {
  const left: [number, number][] = [];
  for (const batch of batches) {
    const [from, to] = rangeOf(batch);
    const last = left.at(-1);
    if (last && last[1] === from) last[1] = to;
    else left.push([from, to]);
  }
  const [from, to] = [left[0]![0], left.at(-1)![1]];
  return { left, from, to, single, departure, by };
}

function remove(lane: Lane, gone: readonly Flight[]): void {
  if (gone.length === 0) return;
  const left = lane.flights.filter((flight) => !gone.includes(flight));
  lane.flights.length = 0;
  lane.flights.push(...left);
}
