import type { Buffer } from 'node:buffer';
import { forEachRecord } from '@selvedge/journal';
import { decodeRecord, recordKind } from '@selvedge/protocol';
import type { OffsetTally } from '../../../engines/audit/offset-tally.ts';
import { checkRecord } from '../../../engines/ingest/check-record.ts';
import { checkedBody } from './checked-body.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { LoggedRow } from './logged-rows.ts';
import type { ReadingsAudit } from './readings-audit.ts';
import { showBatch } from './show-books.ts';

/** Notes the readings of a batch, which telemetry should have, sums up its ledger records, and shows it to the books. */
export function expectReadings(audit: ReadingsAudit, row: LoggedRow, tally: OffsetTally): void {
  const body = checkedBody(row);
  if (!body.ok) audit.places.add(row.firstOffset, body.why);
  const bytes = body.ok ? body.value : undefined;
  showBatch(audit.books.balance, row, bytes, audit.books.end);
  audit.books.end = row.firstOffset + row.count;
  if (!bytes) return;
  const isPending = row.sequence > audit.position;
  forEachRecord(bytes, (start, end, index) => {
    const offset = row.firstOffset + index;
    const isBook = bytes[start] === recordKind.ledger || bytes[start] === recordKind.fold;
    if (isBook && !isPending) addBook(audit, bytes, start, end);
    if (bytes[start] !== recordKind.reading || !audit.chunks.reader.read(bytes, start, end, offset).ok) return;
    audit.counts.readings += 1;
    tally.expect(offset, fingerprintOf(bytes, start, end), isPending);
  });
}

function addBook({ ledger, folds }: ReadingsAudit, bytes: Buffer, start: number, end: number): void {
  const record = decodeRecord(bytes, start, end);
  if (!record.ok || !checkRecord(record.value).ok) return;
  if (record.value.kind === 'fold') folds.add(record.value.body);
  else if (record.value.kind === 'ledger') for (const row of record.value.body.rows) ledger.add(row);
}
