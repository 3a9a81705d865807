/**
 * What the node's clock had said wrongly. The readings with offsets in `[from, to)` keep the times that they were given;
 * who wants the true ones adds `by` to `receivedAt`, and to `takenAt` where that is the node's and not the device's.
 */
export interface TimeCorrection {
  readonly from: number;
  /** One past the last. */
  readonly to: number;
  /** Milliseconds; 0 where the clock turned out to have been right. */
  readonly by: number;
  /** When it became known, by the clock of the cloud. */
  readonly at: number;
}
