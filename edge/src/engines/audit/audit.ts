import { type Batch, type Journal, visitRecords } from '@selvedge/journal';
import {
  type Balance,
  balance,
  decodeRecord,
  type EdgeAudit,
  type Gap,
  type LedgerRow,
  localClass,
  recordKind,
} from '@selvedge/protocol';

/** The answer travels in one frame of at most a mebibyte: so many entries of each list fit, the suspicious ones first. */
const listMax = 1_500;

const addsUp = (row: LedgerRow): boolean =>
  row.received === row.refused + row.duplicates + row.quarantined + row.journaled;

/** Reads the whole journal again, bytes and chain, and counts what is in it. `acknowledged` is the lanes' places. */
export async function auditJournal(journal: Journal, acknowledged: readonly number[]): Promise<EdgeAudit> {
  const broken: { offset: number; why: string }[] = [];
  const rows = new Map<string, LedgerRow>();
  const gaps: Gap[] = [];
  let base: { offset: number; hash: string } | undefined;
  let books: Balance | undefined;
  let end = 0;
  let [records, batches, readings, local, pending] = [0, 0, 0, 0, 0];
  for await (const { batch, offset, why } of journal.verify()) {
    if (why !== undefined) broken.push({ offset, why });
    if (!batch) continue;
    base ??= { offset: batch.firstOffset, hash: hex(batch.prevHash) };
    books ??= balance(batch.firstOffset);
    if (batch.firstOffset > end && batches > 0) books.absent(end, batch.firstOffset - end, -1);
    end = batch.firstOffset + batch.count;
    batches += 1;
    records += batch.count;
    if (batch.firstOffset >= (acknowledged[batch.klass] ?? 0)) pending += batch.count;
    const found = takeBatch(books, batch, rows, gaps);
    if (batch.klass === localClass) local += found;
    else readings += found;
  }
  books?.finish();
  const head = { offset: journal.head.offset, hash: hex(journal.head.hash) };
  const expired = journal.use().classes.reduce((sum, one) => sum + one.expired, 0);
  const found = { records, batches };
  const [sound = [], unsound = []] = [true, false].map((is) => [...rows.values()].filter((row) => addsUp(row) === is));
  return {
    epoch: journal.epoch,
    head,
    base: base ?? head,
    checked: found,
    broken: broken.slice(0, listMax),
    pending,
    expired,
    journaledReadings: readings,
    localReadings: local,
    closings: { judged: books?.judged ?? 0, imbalances: books?.imbalances ?? [] },
    ledger: unsound.concat(sound).slice(0, listMax),
    gaps: gaps.slice(-listMax),
  };
}

/** Shows a batch to the books; gives how many readings it holds. */
function takeBatch(books: Balance, batch: Batch, rows: Map<string, LedgerRow>, gaps: Gap[]): number {
  let readings = 0;
  if (!batch.body) books.absent(batch.firstOffset, batch.count, batch.klass);
  visitRecords(batch, (body, start, end, offset) => {
    if (body[start] === recordKind.reading) {
      readings += 1;
      books.reading(offset, deviceOf(body, start), body[start + 3]!);
    } else if (body[start] === recordKind.ledger || body[start] === recordKind.gap || body[start] === recordKind.fold)
      collect(books, offset, body, start, end, rows, gaps);
  });
  return readings;
}

/** As in the grammar of a reading record. */
const deviceOf = (body: Buffer, start: number): string =>
  body.toString('utf8', start + 5, start + 5 + body[start + 4]!);

function collect(
  books: Balance,
  offset: number,
  body: Buffer,
  start: number,
  end: number,
  rows: Map<string, LedgerRow>,
  gaps: Gap[],
): void {
  const record = decodeRecord(body, start, end);
  if (!record.ok) return;
  if (record.value.kind === 'gap') gaps.push(record.value.body);
  if (record.value.kind === 'fold') books.fold(record.value.body, offset);
  // Receipts of requests are kept as ledger records too, and have no rows.
  if (record.value.kind !== 'ledger' || !Array.isArray(record.value.body.rows)) return;
  books.ledger(record.value.body, offset);
  for (const row of record.value.body.rows) rows.set(row.source, addRows(rows.get(row.source), row));
}

function addRows(sum: LedgerRow | undefined, row: LedgerRow): LedgerRow {
  if (!sum) return row;
  return {
    source: row.source,
    received: sum.received + row.received,
    refused: sum.refused + row.refused,
    duplicates: sum.duplicates + row.duplicates,
    quarantined: sum.quarantined + row.quarantined,
    journaled: sum.journaled + row.journaled,
  };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
