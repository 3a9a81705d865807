import { type Journal, visitRecords } from '@selvedge/journal';
import { decodeRecord, type EdgeAudit, type Gap, type LedgerRow, recordKind } from '@selvedge/protocol';

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
  let [records, batches, readings, pending] = [0, 0, 0, 0];
  for await (const { batch, offset, why } of journal.verify()) {
    if (why !== undefined) broken.push({ offset, why });
    if (!batch) continue;
    base ??= { offset: batch.firstOffset, hash: hex(batch.prevHash) };
    batches += 1;
    records += batch.count;
    if (batch.firstOffset >= (acknowledged[batch.klass] ?? 0)) pending += batch.count;
    visitRecords(batch, (body, start, end) => {
      if (body[start] === recordKind.reading) readings += 1;
      else if (body[start] === recordKind.ledger || body[start] === recordKind.gap)
        collect(body, start, end, rows, gaps);
    });
  }
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
    ledger: unsound.concat(sound).slice(0, listMax),
    gaps: gaps.slice(-listMax),
  };
}

function collect(body: Buffer, start: number, end: number, rows: Map<string, LedgerRow>, gaps: Gap[]): void {
  const record = decodeRecord(body, start, end);
  if (!record.ok) return;
  if (record.value.kind === 'gap') gaps.push(record.value.body);
  if (record.value.kind === 'ledger')
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
