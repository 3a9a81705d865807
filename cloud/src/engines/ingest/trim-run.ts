import type { Held, ShippedBatch } from '../../ports.ts';

/**
 * What of a run of records without bodies the log does not hold yet, in pieces that end where what is held begins. What
 * lies within cannot be checked here; the edge proves it when it is asked for an audit.
 */
export function trimRun(run: ShippedBatch, held: readonly Held[]): readonly ShippedBatch[] {
  const end = run.firstOffset + run.count;
  const pieces: ShippedBatch[] = [];
  let from = run.firstOffset;
  let prevHash = run.prevHash;
  const piece = (to: number, hash: Uint8Array): void => {
    if (to > from) pieces.push({ ...run, firstOffset: from, count: to - from, prevHash, hash });
  };
  for (const one of held) {
    if (one.to <= from) continue;
    if (one.from >= end) break;
    piece(one.from, one.before);
    from = one.to;
    prevHash = one.after;
  }
  piece(end, run.hash);
  return pieces;
}
