import type { Fold, FoldRow, LedgerRows, Offsets } from '../ledger.ts';

/** One closing of the books, put together from its records. */
export interface Closing {
  readonly offsets: Offsets;
  readonly from: number;
  readonly to: number;
  /** Readings that the doors counted, by source. */
  readonly journaled: Map<string, number>;
  readonly kept: Map<string, { folded: number; withheld: number }>;
  readonly rows: FoldRow[];
}

/** The closings whose records were shown and that are not judged yet. */
export interface Closings {
  ledger(rows: LedgerRows, offsets: Offsets): void;
  fold(fold: Fold): void;
  /** Takes out those before the closing with these offsets, or all, in their order. */
  before(next?: Offsets): readonly Closing[];
}

/** Closings that begin before `start` are passed over. */
export function closings(start: number): Closings {
  let open: Closing[] = [];

  const closingOf = (offsets: Offsets, from: number, to: number): Closing | undefined => {
    if (offsets.from < start) return undefined;
    const known = open.find((one) => isSame(one.offsets, offsets));
    if (known) return known;
    const fresh: Closing = { offsets, from, to, journaled: new Map(), kept: new Map(), rows: [] };
    open.push(fresh);
    return fresh;
  };

  return {
    ledger({ from, to, rows }, offsets) {
      const closing = closingOf(offsets, from, to);
      for (const { source, journaled } of closing ? rows : [])
        closing!.journaled.set(source, (closing!.journaled.get(source) ?? 0) + journaled);
    },
    fold({ offsets, from, to, rows }) {
      const closing = closingOf(offsets, from, to);
      for (const row of closing ? rows : []) {
        const kept = closing!.kept.get(row.source) ?? { folded: 0, withheld: 0 };
        kept[row.reason] += row.count;
        closing!.kept.set(row.source, kept);
        closing!.rows.push(row);
      }
    },
    before(next) {
      const isBefore = ({ offsets }: Closing): boolean => !next || (offsets.to <= next.from && !isSame(offsets, next));
      const [ready = [], rest = []] = [true, false].map((is) => open.filter((one) => isBefore(one) === is));
      open = rest;
      return ready.sort((one, other) => one.offsets.to - other.offsets.to);
    },
  };
}

const isSame = (one: Offsets, other: Offsets): boolean => one.from === other.from && one.to === other.to;
