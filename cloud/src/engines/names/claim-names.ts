/** A run of sequence numbers; `to` is one past the last. */
export interface SeqRun {
  readonly from: number;
  readonly to: number;
}

/** What claiming names changes: runs by the `from` they are kept under. */
export interface Claimed {
  /** For each number asked for, in order: whether it was new. */
  readonly fresh: readonly boolean[];
  /** Runs to take away, by their `from`. */
  readonly removed: readonly number[];
  /** Runs to write; one may replace a run with the same `from`. */
  readonly written: readonly SeqRun[];
}

/** The numbers as few sorted runs, for finding the kept runs that they meet. */
export function runsOf(seqs: readonly number[]): readonly SeqRun[] {
  const runs: { from: number; to: number }[] = [];
  for (const seq of seqs.toSorted((one, other) => one - other)) {
    const last = runs.at(-1);
    if (last && seq <= last.to) last.to = Math.max(last.to, seq + 1);
    else runs.push({ from: seq, to: seq + 1 });
  }
  return runs;
}

/**
 * Claims sequence numbers of one device and boot. `kept` holds every kept run that meets or touches one of the numbers,
 * sorted and disjoint; others do not matter.
 */
export function claimNames(kept: readonly SeqRun[], seqs: readonly number[]): Claimed {
  const claimed = new Set<number>();
  const fresh = seqs.map((seq) => {
    if (claimed.has(seq) || holds(kept, seq)) return false;
    claimed.add(seq);
    return true;
  });
  const merged: { from: number; to: number }[] = [];
  const all = [...kept, ...runsOf([...claimed])].sort((one, other) => one.from - other.from);
  for (const run of all) {
    const last = merged.at(-1);
    if (last && run.from <= last.to) last.to = Math.max(last.to, run.to);
    else merged.push({ ...run });
  }
  const before = new Map(kept.map((run) => [run.from, run.to]));
  const after = new Set(merged.map((run) => run.from));
  return {
    fresh,
    removed: kept.filter((run) => !after.has(run.from)).map((run) => run.from),
    written: merged.filter((run) => before.get(run.from) !== run.to),
  };
}

function holds(runs: readonly SeqRun[], seq: number): boolean {
  let low = 0;
  let high = runs.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs[middle]!.to <= seq) low = middle + 1;
    else high = middle;
  }
  return low < runs.length && runs[low]!.from <= seq;
}
