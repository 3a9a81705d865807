import { addInterval, holdsInterval, type Interval } from '@selvedge/protocol';

/** Which readings of one device were heard, by their names: of its newest boot and the one before. Never changed in place. */
export type Heard = readonly BootHeard[];

interface BootHeard {
  readonly boot: number;
  /** Sequence numbers, sorted and disjoint. */
  readonly seqs: readonly Interval[];
}

const bootsMax = 2;

/** Holes between intervals are rare: a reading that was refused and has not come again. Beyond this the oldest is forgotten. */
const intervalsMax = 64;

export const nothingHeard: Heard = [];

/**
 * Whether that name was heard. What was forgotten counts as not heard: storing a reading twice in doubt is mended by the
 * cloud, which knows all names; acknowledging one that was never stored would be a loss.
 */
export function wasHeard(heard: Heard, boot: number, seq: number): boolean {
  const one = heard.find((known) => known.boot === boot);
  return one !== undefined && holdsInterval(one.seqs, [seq, seq + 1]);
}

/** Remembers a name. */
export function hear(heard: Heard, boot: number, seq: number): Heard {
  const first = heard[0];
  if (first?.boot === boot && first.seqs.length === 1 && first.seqs[0]![1] === seq) {
    // The usual case: the next reading of a boot that has none missing.
    const grown: BootHeard = { boot, seqs: [[first.seqs[0]![0], seq + 1]] };
    return heard.length === 1 ? [grown] : [grown, ...heard.slice(1)];
  }
  const seqs = addInterval(heard.find((known) => known.boot === boot)?.seqs ?? [], [seq, seq + 1]).slice(-intervalsMax);
  const others = heard.filter((known) => known.boot !== boot);
  return [...others, { boot, seqs }].sort((left, right) => right.boot - left.boot).slice(0, bootsMax);
}
