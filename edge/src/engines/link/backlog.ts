import type { Journal } from '@selvedge/journal';
import { meetsInterval, subtractInterval } from './interval.ts';
import { type Lane, rangeOf } from './lane.ts';

/** Records between two ranges beyond which it is cheaper to open the journal anew than to read past them. */
const leapMin = 20_000;

/**
 * Reads the next of a lane's backlog, until so many bytes wait or nothing is left. Runs beside the live data and never
 * keeps it waiting. What others add to the ranges meanwhile, behind the place of reading, stays there for the next time.
 */
export async function fetchBacklog(lane: Lane, journal: Journal, bytes: number, signal: AbortSignal): Promise<void> {
  const [first] = lane.ranges;
  if (!first) return;
  const stop = lane.ranges.at(-1)![1];
  let scanned = first[0];
  const passed = (to: number): void => {
    lane.ranges = subtractInterval(lane.ranges, [scanned, to]);
    scanned = to;
  };
  for await (const batch of journal.read(scanned, { classes: [lane.klass] })) {
    if (signal.aborted) return;
    const range = rangeOf(batch);
    if (range[0] >= stop) break;
    const isWanted = meetsInterval(lane.ranges, range);
    passed(Math.max(scanned, range[1]));
    if (isWanted) {
      // What was left behind the place of an earlier reading goes before what that has fetched: the queue is in order.
      const place = lane.replay.findLastIndex(({ firstOffset }) => firstOffset < range[0]) + 1;
      lane.replay.splice(place, 0, batch);
      lane.replayBytes += batch.bodyLength;
    }
    if (lane.replayBytes >= bytes) return;
    const next = lane.ranges[0];
    if (next && next[0] - scanned > leapMin) return;
  }
  if (!signal.aborted && scanned < stop) passed(stop);
}
