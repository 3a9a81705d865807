/**
 * When an edit was made, by a hybrid logical clock: wall time in milliseconds since the Unix epoch, and a counter that
 * orders what the wall clock cannot. The replica that wrote it decides between equal ones. Kulkarni et al., "Logical
 * Physical Clocks", 2014.
 */
export interface Stamp {
  readonly wall: number;
  readonly counter: number;
}

/** Below zero when `one` is earlier, above when it is later. */
export const compareStamps = (one: Stamp, other: Stamp): number => one.wall - other.wall || one.counter - other.counter;

/**
 * The stamp of an edit that is made now and has seen others: later than each of them. One that is further ahead of our
 * clock than `driftMax` milliseconds is passed over, or a clock that was wrong for a moment would lead all others astray
 * for ever. Order does not hang on it: what an edit has seen says its version.
 */
export function nextStamp(seen: readonly Stamp[], now: number, driftMax: number): Stamp {
  const wall = Math.floor(now);
  let latest: Stamp = { wall, counter: -1 };
  for (const stamp of seen) {
    if (!isAhead(stamp, now, driftMax) && compareStamps(stamp, latest) > 0) latest = stamp;
  }
  return { wall: latest.wall, counter: latest.counter + 1 };
}

/** Whether a stamp is further ahead of our clock than any honest one can be. */
export const isAhead = (stamp: Stamp, now: number, driftMax: number): boolean => stamp.wall > now + driftMax;

/** Drift between two honest clocks, in milliseconds; nodes set theirs by the cloud's. */
export const stampDriftMax = 300_000;
