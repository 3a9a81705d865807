import type { Duration } from '@selvedge/kernel';
import type { TimeCorrection } from '@selvedge/protocol';

/** A piece of time in which the wall clock ran evenly and nobody could say whether it was right. */
interface Piece {
  /** First offset that was given in it. */
  readonly from: number;
  /** Wall minus ticks. */
  readonly skew: number;
}

/** What was timed in doubt. Pieces are bounded: beyond `piecesMax` the oldest two are told as the younger one. */
export interface Doubt {
  readonly pieces: readonly Piece[];
}

export const noDoubt: Doubt = { pieces: [] };

const piecesMax = 64;

/** The clock is in doubt from `offset` on, or has jumped while it was. */
export function doubtFrom(doubt: Doubt, offset: number, skew: number): Doubt {
  const last = doubt.pieces.at(-1);
  const before = last?.from === offset ? doubt.pieces.slice(0, -1) : doubt.pieces;
  return { pieces: [...before, { from: offset, skew }].slice(-piecesMax) };
}

/**
 * The true time became known: gives a correction for each piece in which something was journaled. `trueSkew` is the true
 * wall time minus ticks; what differs by less than `apartMax` was right.
 */
export function settleDoubt(
  doubt: Doubt,
  now: { readonly head: number; readonly trueSkew: number; readonly at: number; readonly apartMax: Duration },
): readonly TimeCorrection[] {
  const ends = [...doubt.pieces.slice(1).map(({ from }) => from), now.head];
  return doubt.pieces.flatMap(({ from, skew }, index): TimeCorrection[] => {
    const to = ends[index]!;
    const by = now.trueSkew - skew;
    return to > from ? [{ from, to, by: Math.abs(by) <= now.apartMax ? 0 : Math.round(by), at: now.at }] : [];
  });
}
