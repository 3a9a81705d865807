import type { Balance, LedgerRow } from '@selvedge/protocol';
import type { Kysely } from 'kysely';
import type { Places } from '../../../engines/audit/places.ts';
import type { StoreAuditRow } from '../../../ports.ts';
import type { Tables } from '../tables.ts';

type Totals = Omit<LedgerRow, 'source'>;
const terms = ['received', 'refused', 'duplicates', 'quarantined', 'journaled'] as const;

/** What the doors counted, summed up from the ledger records of the log, and what telemetry has, by source. */
export interface LedgerTotals {
  add(row: LedgerRow): void;
  stored(source: string, count: number): void;
  /** Names the sources for which the table `ledger` says something else. */
  compare(db: Kysely<Tables>, journal: number, places: Places): Promise<void>;
  /** With what the judged closings account for. */
  rows(books: Balance['totals']): readonly StoreAuditRow[];
}

export function ledgerTotals(): LedgerTotals {
  const totals = new Map<string, Totals>();
  const stored = new Map<string, number>();
  const none: Totals = { received: 0, refused: 0, duplicates: 0, quarantined: 0, journaled: 0 };
  return {
    add({ source, ...row }) {
      const before = totals.get(source) ?? none;
      totals.set(
        source,
        Object.fromEntries(terms.map((term) => [term, before[term] + row[term]])) as unknown as Totals,
      );
    },
    stored(source, count) {
      stored.set(source, (stored.get(source) ?? 0) + count);
    },
    async compare(db, journal, places) {
      const rows = await db.selectFrom('ledger').selectAll().where('journal', '=', journal).execute();
      const kept = new Map(rows.map((row) => [row.source, row]));
      for (const source of new Set([...totals.keys(), ...kept.keys()])) {
        const term = terms.find((one) => (totals.get(source)?.[one] ?? 0) !== (kept.get(source)?.[one] ?? 0));
        if (term === undefined) continue;
        const [shipped, claimed] = [totals.get(source)?.[term] ?? 0, kept.get(source)?.[term] ?? 0];
        places.add(0, `the ledger of ${source} says ${claimed} ${term}, its records in the log say ${shipped}`);
      }
    },
    rows: (books) =>
      [...new Set([...totals.keys(), ...stored.keys(), ...books.keys()])]
        .sort((one, other) => (one < other ? -1 : 1))
        .map((source) => {
          const { folded, withheld, expired } = books.get(source) ?? { folded: 0, withheld: 0, expired: 0 };
          return {
            source,
            ...(totals.get(source) ?? none),
            stored: stored.get(source) ?? 0,
            folded,
            withheld,
            expired,
          };
        }),
  };
}
