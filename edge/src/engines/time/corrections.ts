import type { Duration } from '@selvedge/kernel';
import type { TimeCorrection, TimeUnknown } from '@selvedge/protocol';

/** A piece of time in which the wall clock ran evenly and nobody could say whether it was right. It lasts until the next. */
interface Piece {
  /** First offset that was given in it. */
  readonly from: number;
  /** Wall minus ticks; undefined where several were joined because there were too many. */
  readonly skew: number | undefined;
}

/** What was timed in doubt in this life of the process. Pieces are bounded: beyond it the oldest two become one. */
export interface Doubt {
  readonly pieces: readonly Piece[];
}

/** A run of offsets that was timed in doubt and of which no more is learnt than what is known here. */
export type Told = Omit<TimeCorrection, 'at'>;

export const noDoubt: Doubt = { pieces: [] };

const piecesMax = 64;

/** The clock is in doubt from `offset` on, or has jumped while it was. */
export function doubtFrom({ pieces }: Doubt, offset: number, skew: number): Doubt {
  // Offsets of a commit that was refused are given again: what began at them begins here.
  const all = [...pieces.filter(({ from }) => from < offset), { from: offset, skew }];
  const joined = { from: all[0]!.from, skew: undefined };
  return { pieces: all.length > piecesMax ? [joined, ...all.slice(2)] : all };
}

/** What is known of each piece up to the offset `upTo`. Without `trueSkew`, the true wall time minus ticks, nothing is. */
export function tellDoubt(
  { pieces }: Doubt,
  known: { readonly upTo: number; readonly trueSkew: number | undefined; readonly apartMax: Duration },
): readonly Told[] {
  return pieces.flatMap(({ from, skew }, index): Told[] => {
    const to = Math.min(known.upTo, pieces[index + 1]?.from ?? known.upTo);
    if (to <= from) return [];
    if (skew === undefined) return [{ from, to, by: null, unknown: 'too-many-steps' }];
    if (known.trueSkew === undefined) return [unknownRun(from, to, 'restarted')];
    const by = known.trueSkew - skew;
    // What differs by less than that was right.
    return [{ from, to, by: Math.abs(by) <= known.apartMax ? 0 : Math.round(by) }];
  });
}

/** The doubt about what is given from `offset` on, where what lies before it has been told; `skew` is that of now. */
export function doubtAfter({ pieces }: Doubt, offset: number, skew: number): Doubt {
  const later = pieces.filter(({ from }) => from > offset);
  const last = pieces[pieces.length - later.length - 1];
  // Small steps since the last piece began count from here on.
  return { pieces: [{ from: offset, skew: later.length > 0 ? last?.skew : skew }, ...later] };
}

export const unknownRun = (from: number, to: number, unknown: TimeUnknown): Told => ({ from, to, by: null, unknown });

/** Runs without the offsets of `[from, to)`. */
export function withoutRun(runs: readonly Told[], from: number, to: number): readonly Told[] {
  return runs.flatMap((run) =>
    [
      { ...run, to: Math.min(run.to, from) },
      { ...run, from: Math.max(run.from, to) },
    ].filter((part) => part.from < part.to),
  );
}

/** Adds a run behind all others; beyond the bound the oldest two become one. */
export function addRun(runs: readonly Told[], run: Told): readonly Told[] {
  const last = runs.at(-1);
  const isMore = last?.to === run.from && last.by === null && last.unknown === run.unknown;
  const all = isMore ? [...runs.slice(0, -1), { ...last, to: run.to }] : [...runs, run];
  if (all.length <= piecesMax) return all;
  return [unknownRun(all[0]!.from, all[1]!.to, 'too-many-steps'), ...all.slice(2)];
}
