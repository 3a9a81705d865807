import type { Buffer } from 'node:buffer';
import { forEachRecord } from '@selvedge/journal';
import { type Balance, decodeRecord, localClass, recordKind } from '@selvedge/protocol';
import { checkRecord } from '../../../engines/ingest/check-record.ts';
import type { LoggedRow } from './logged-rows.ts';

/** Shows the batches of a log to the books, in their order. `end` is where the one before ended, negative at the beginning. */
export function showBatch(books: Balance, row: LoggedRow, body: Buffer | undefined, end: number): void {
  const { firstOffset, count, klass } = row;
  if (end >= 0 && firstOffset > end) books.absent(end, firstOffset - end, -1);
  if (klass === localClass) books.local(firstOffset, count);
  else if (!body) books.absent(firstOffset, count, klass);
  else forEachRecord(body, (start, to, index) => showRecord(books, body, start, to, firstOffset + index));
}

function showRecord(books: Balance, body: Buffer, start: number, end: number, offset: number): void {
  const kind = body[start];
  if (kind === recordKind.reading) {
    // As in the grammar of a reading record; what is no whole reading is set aside, and counted there.
    const deviceEnd = start + 5 + (body[start + 4] ?? 0);
    if (deviceEnd <= end) books.reading(offset, body.toString('utf8', start + 5, deviceEnd), body[start + 3]!);
  }
  if (kind !== recordKind.ledger && kind !== recordKind.fold) return;
  const record = decodeRecord(body, start, end);
  if (!record.ok || !checkRecord(record.value).ok) return;
  if (record.value.kind === 'ledger') books.ledger(record.value.body, offset);
  if (record.value.kind === 'fold') books.fold(record.value.body, offset);
}
