import { addInterval, type Interval, meetsInterval } from '@selvedge/protocol';

export { addInterval, type Interval, meetsInterval };

/** What is left of sorted, disjoint ranges without `[from, to)`. */
export function subtractInterval(all: readonly Interval[], [from, to]: Interval): readonly Interval[] {
  const first = all.findIndex((one) => from < one[1]);
  if (first < 0 || to <= all[first]![0]) return all;
  let next = first;
  while (next < all.length && all[next]![0] < to) next += 1;
  const pieces: readonly Interval[] = [
    [all[first]![0], from],
    [to, all[next - 1]![1]],
  ];
  return [...all.slice(0, first), ...pieces.filter((piece) => piece[0] < piece[1]), ...all.slice(next)];
}

/** What of `[from, to)` no range of `all` holds. Both lists are sorted and disjoint. */
export function missingIn(all: readonly Interval[], [from, to]: Interval): readonly Interval[] {
  const missing: Interval[] = [];
  let at = from;
  for (const one of all) {
    if (one[1] <= at) continue;
    if (one[0] >= to) break;
    if (one[0] > at) missing.push([at, one[0]]);
    at = one[1];
  }
  if (at < to) missing.push([at, to]);
  return missing;
}
