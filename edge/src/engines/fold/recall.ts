import { type Journal, visitRecords } from '@selvedge/journal';
import {
  classOf,
  decodeRecord,
  type Fold,
  type LedgerRows,
  quality,
  readingClasses,
  recordKind,
} from '@selvedge/protocol';

/** What the journal knows of closings that an earlier life of the node has made durable. */
export interface Recalled {
  /** Where the last closing begins and ends; undefined when there is none behind the cursor. */
  readonly last:
    | { readonly from: number; readonly to: number; readonly began: number; readonly ended: number }
    | undefined;
  /** Sources that the last closing's records speak of already. */
  readonly toldByDoors: ReadonlySet<string>;
  readonly toldAsKept: ReadonlySet<string>;
  /** Sources whose aggregates were told, by the end of the closing. */
  readonly aggregated: ReadonlyMap<number, readonly string[]>;
  /** How often each redacted reading that derives from readings behind the cursor is durable, by its bytes. */
  readonly redacted: Map<string, number>;
}

/** Reads the closings whose readings lie at or behind `offset`, the place of the books' cursor. */
export async function recall(journal: Journal, offset: number): Promise<Recalled> {
  const folds: Fold[] = [];
  const doors: LedgerRows[] = [];
  let last: Recalled['last'];
  for await (const batch of journal.read(offset, { classes: [classOf('ledger'), classOf('fold')] })) {
    visitRecords(batch, (body, start, end) => {
      if (body[start] !== recordKind.ledger && body[start] !== recordKind.fold) return;
      const record = decodeRecord(body, start, end);
      if (!record.ok) return;
      if (record.value.kind === 'fold') folds.push(record.value.body);
      else if (record.value.kind === 'ledger') doors.push(record.value.body);
      else return;
      const { offsets, from: began, to: ended } = record.value.body;
      if (offsets) last = { ...offsets, began, ended };
    });
  }
  const isLast = ({ offsets }: Fold | LedgerRows): boolean =>
    offsets !== undefined && offsets.from === last?.from && offsets.to === last.to;
  const namesIn = (all: readonly (Fold | LedgerRows)[]): ReadonlySet<string> =>
    new Set(all.filter(isLast).flatMap(({ rows }) => rows.map(({ source }) => source)));
  const aggregated = new Map<number, string[]>();
  for (const fold of folds) {
    const sources = fold.rows.flatMap(({ aggregate, source }) => (aggregate ? [source] : []));
    aggregated.set(fold.offsets.to, [...(aggregated.get(fold.offsets.to) ?? []), ...sources]);
  }
  const derivedBefore = folds.find((fold) => fold.offsets.to === offset)?.derivedBefore ?? offset;
  return {
    last,
    toldByDoors: namesIn(doors),
    toldAsKept: namesIn(folds),
    aggregated,
    redacted: await redactedFrom(journal, derivedBefore),
  };
}

async function redactedFrom(journal: Journal, offset: number): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for await (const batch of journal.read(offset, { classes: readingClasses })) {
    visitRecords(batch, (body, start, end, at) => {
      if (at < offset || body[start] !== recordKind.reading || (body[start + 3]! & quality.redacted) === 0) return;
      const bytes = body.toString('latin1', start, end);
      found.set(bytes, (found.get(bytes) ?? 0) + 1);
    });
  }
  return found;
}
