/**
 * What the node's clock had said wrongly. The readings with offsets in `[from, to)` that are marked as timed in doubt keep
 * the times that they were given; who wants the true ones adds `by` to `receivedAt`, and to `takenAt` where that is the
 * node's and not the device's.
 */
export interface TimeCorrection {
  readonly from: number;
  /** One past the last. */
  readonly to: number;
  /** Milliseconds; 0 where the clock turned out to have been right, null where nobody can say any more. */
  readonly by: number | null;
  /** Why nobody can; there where `by` is null. */
  readonly unknown?: TimeUnknown;
  /** When it became known, by the clock of the cloud. */
  readonly at: number;
}

/**
 * - `restarted`: the node stopped before it was told the time, and no clock of it ran on.
 * - `too-many-steps`: the clock was set so often in the meantime that the node did not keep each step.
 */
export const timeUnknowns = ['restarted', 'too-many-steps'] as const;

export type TimeUnknown = (typeof timeUnknowns)[number];
