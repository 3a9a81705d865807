import type { Fold, FoldRow, LedgerRow, LedgerRows, Offsets } from '@selvedge/protocol';
import type { WrittenRecord } from '../../ports.ts';
import type { Window } from './window.ts';

/** What one source has kept at the site since the books were closed, and the aggregate that is not told yet. */
export interface Account {
  folded: number;
  withheld: number;
  policy: string;
  /** Milliseconds. */
  interval: number;
  window: Window | undefined;
}

export const emptyAccount = (): Account => ({ folded: 0, withheld: 0, policy: '', interval: 0, window: undefined });

/** The rows of an account; `isDue` says that its aggregate is told now, and it begins anew. */
export function foldRows(source: string, account: Account, isDue: boolean): FoldRow[] {
  const { folded, withheld, policy } = account;
  const rows: FoldRow[] = [];
  const window = isDue ? account.window : undefined;
  if (folded > 0 || window)
    rows.push({
      source,
      reason: 'folded',
      policy,
      count: folded,
      ...(window && { aggregate: window.aggregate() }),
      open: window ? 0 : account.window!.count,
    });
  if (withheld > 0) rows.push({ source, reason: 'withheld', policy, count: withheld });
  account.folded = 0;
  account.withheld = 0;
  if (window) account.window = undefined;
  return rows;
}

export interface ClosingTimes {
  readonly from: number;
  readonly to: number;
}

/** Rows of one record, and metrics: some 64 KiB of text, so that it is shipped in one piece whatever else there is. */
const rowsMax = 500;
const metricsMax = 400;

/** The records of one closing, in pieces. */
export function closingRecords(
  { from, to }: ClosingTimes,
  offsets: Offsets | undefined,
  doors: readonly LedgerRow[],
  kept: readonly FoldRow[],
  derivedBefore: number,
): WrittenRecord[] {
  const records: WrittenRecord[] = [];
  for (const rows of pieces(doors, () => 0)) {
    const body: LedgerRows = { from, to, ...(offsets && { offsets }), rows };
    records.push({ kind: 'ledger', body });
  }
  if (!offsets) return records;
  for (const rows of pieces(kept, (row) => row.aggregate?.metrics.length ?? 0)) {
    const body: Fold = { from, to, offsets, derivedBefore, rows };
    records.push({ kind: 'fold', body });
  }
  return records;
}

/** All rows of a source are in one piece, so that after a crash it was told as a whole or not at all. */
function pieces<Row extends { readonly source: string }>(rows: readonly Row[], weigh: (row: Row) => number): Row[][] {
  const all: Row[][] = [];
  let weight = 0;
  for (const row of rows) {
    const last = all.at(-1);
    weight += weigh(row);
    if (last && (last.at(-1)!.source === row.source || (last.length < rowsMax && weight <= metricsMax))) last.push(row);
    else {
      all.push([row]);
      weight = weigh(row);
    }
  }
  return all;
}
