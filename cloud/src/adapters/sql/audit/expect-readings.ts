import type { Buffer } from 'node:buffer';
import { forEachRecord } from '@selvedge/journal';
import { decodeRecord, recordKind } from '@selvedge/protocol';
import type { OffsetTally } from '../../../engines/audit/offset-tally.ts';
import { checkRecord } from '../../../engines/ingest/check-record.ts';
import { checkedBody } from './checked-body.ts';
import { fingerprintOf } from './fingerprint.ts';
import type { LedgerTotals } from './ledger-totals.ts';
import type { LoggedRow } from './logged-rows.ts';
import type { ReadingsAudit } from './readings-audit.ts';

/** Notes the readings of a batch, which telemetry should have, and sums up its ledger records. */
export function expectReadings(audit: ReadingsAudit, row: LoggedRow, tally: OffsetTally): void {
  const body = checkedBody(row);
  if (!body.ok) audit.places.add(row.firstOffset, body.why);
  const bytes = body.ok ? body.value : undefined;
  if (!bytes) return;
  const isPending = row.sequence > audit.position;
  forEachRecord(bytes, (start, end, index) => {
    const offset = row.firstOffset + index;
    if (bytes[start] === recordKind.ledger && !isPending) addLedger(audit.ledger, bytes, start, end);
    if (bytes[start] !== recordKind.reading || !audit.chunks.reader.read(bytes, start, end, offset).ok) return;
    audit.counts.readings += 1;
    tally.expect(offset, fingerprintOf(bytes, start, end), isPending);
  });
}

function addLedger(ledger: LedgerTotals, bytes: Buffer, start: number, end: number): void {
  const record = decodeRecord(bytes, start, end);
  if (!record.ok || record.value.kind !== 'ledger' || !checkRecord(record.value).ok) return;
  for (const row of record.value.body.rows) ledger.add(row);
}
