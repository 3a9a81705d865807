import { Buffer } from 'node:buffer';
import type { BatchMark, Held } from '../../ports.ts';

/** What the judgement needs of a batch. */
export interface BatchHead extends BatchMark {
  readonly prevHash: Uint8Array;
}

export type Judgement =
  /** `held` is what the log holds once the batch is in it. */
  | { readonly verdict: 'append'; readonly held: readonly Held[] }
  | { readonly verdict: 'held' }
  | { readonly verdict: 'refused'; readonly code: 'FORK'; readonly message: string };

/** Whether the log holds any offset of the batch, so that `judgeBatch` needs the marks of what lies there. */
export const meetsHeld = (held: readonly Held[], batch: BatchMark): boolean =>
  held.some((run) => run.from < batch.firstOffset + batch.count && batch.firstOffset < run.to);

/**
 * Decides about one batch of a journal. `held` is sorted and disjoint; `marks` are the batches in the log that share an
 * offset with this one. Lanes ship out of order, so a hole before or behind is no fault; a journal that says two things
 * about one offset is: its disk was cloned or set back, and taking both would mix two histories.
 */
export function judgeBatch(held: readonly Held[], batch: BatchHead, marks: readonly BatchMark[]): Judgement {
  const from = batch.firstOffset;
  const to = from + batch.count;
  if (meetsHeld(held, batch)) {
    const [mark, ...others] = marks;
    if (others.length === 0 && mark?.firstOffset === from && mark.count === batch.count && same(mark.hash, batch.hash))
      return { verdict: 'held' };
    return fork(`offsets ${from} to ${to - 1} are in the log with another hash or other bounds`);
  }
  const left = held.find((run) => run.to === from);
  if (left && !same(left.after, batch.prevHash))
    return fork(`the batch at ${from} follows ${hex(batch.prevHash)}, but the log holds ${hex(left.after)} there`);
  const right = held.find((run) => run.from === to);
  if (right && !same(right.before, batch.hash))
    return fork(`the batch at ${to} in the log follows ${hex(right.before)}, but this one ends in ${hex(batch.hash)}`);
  const run: Held = {
    from: left?.from ?? from,
    to: right?.to ?? to,
    before: left?.before ?? batch.prevHash,
    after: right?.after ?? batch.hash,
  };
  return {
    verdict: 'append',
    held: [...held.filter((one) => one.to < from), run, ...held.filter((one) => one.from > to)],
  };
}

const fork = (message: string): Judgement => ({ verdict: 'refused', code: 'FORK', message });

const same = (one: Uint8Array, other: Uint8Array): boolean =>
  one.length === other.length && one.every((byte, index) => byte === other[index]);

/** The first bytes of a hash, enough for a person to tell two apart. */
const hex = (hash: Uint8Array): string => `${Buffer.from(hash.subarray(0, 6)).toString('hex')}…`;
