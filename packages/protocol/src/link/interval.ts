import type { Interval } from './frame.ts';

/** Adds a range to sorted, disjoint, non-touching ranges and keeps them so. */
export function addInterval(all: readonly Interval[], [from, to]: Interval): readonly Interval[] {
  if (to <= from) return all;
  const before = all.filter((one) => one[1] < from);
  const after = all.filter((one) => one[0] > to);
  const touched = all.slice(before.length, all.length - after.length);
  const low = Math.min(from, touched[0]?.[0] ?? from);
  const high = Math.max(to, touched.at(-1)?.[1] ?? to);
  return [...before, [low, high], ...after];
}

/** Whether one of the ranges holds all of `[from, to)`. */
export const holdsInterval = (all: readonly Interval[], [from, to]: Interval): boolean =>
  all.some((one) => one[0] <= from && to <= one[1]);

/** Whether one of the ranges holds a part of `[from, to)`. */
export const meetsInterval = (all: readonly Interval[], [from, to]: Interval): boolean =>
  all.some((one) => one[0] < to && from < one[1]);

/** The first offset at or after `from` that no range holds. */
export const firstMissing = (all: readonly Interval[], from: number): number =>
  all.find((one) => one[0] <= from && from < one[1])?.[1] ?? from;
