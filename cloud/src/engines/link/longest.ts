import type { Interval } from '@selvedge/protocol';

/** The longest of very many intervals: the others are shipped again, and known again by their hashes. */
export function longest(all: readonly Interval[]): readonly Interval[] {
  if (all.length <= intervalsMax) return all;
  const kept = all.toSorted((one, other) => other[1] - other[0] - (one[1] - one[0])).slice(0, intervalsMax);
  return kept.sort((one, other) => one[0] - other[0]);
}

/** Intervals of a welcome: so many fit into a frame several times over. */
const intervalsMax = 4_096;
