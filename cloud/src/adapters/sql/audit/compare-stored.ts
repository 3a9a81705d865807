import type { Fingerprint } from '../../../engines/audit/offset-tally.ts';
import { type ReadingRow, utf8 } from '../../../engines/telemetry/reading-row.ts';
import { addToSeal } from './policy.ts';
import type { AuditWindow, ReadingsAudit } from './readings-audit.ts';
import type { StoredReadings } from './stored-readings.ts';

const whatIsWrong = {
  altered: 'is other than in the log',
  again: 'is in telemetry twice',
  unknown: 'is in telemetry and not in the log',
} as const;

/** Holds the readings of a chunk or tail that fall into the window against what the log has there. */
export function compareStored(
  audit: ReadingsAudit,
  { from, to, tally }: AuditWindow,
  { device, number, offset, rows, wrong }: StoredReadings,
  fingerprint: (row: ReadingRow, deviceUtf8: Uint8Array) => Fingerprint,
): void {
  const { counts, places, witness } = audit;
  const inWindow = rows.filter((row) => row.offset >= from && row.offset < to);
  if (wrong !== undefined && offset >= from && offset < to) places.add(offset, wrong);
  if (device === undefined && inWindow.length > 0) {
    places.add(inWindow[0]!.offset, `the registry does not know device ${number}, which has readings`);
  }
  const deviceUtf8 = utf8(device ?? '');
  const equal: ReadingRow[] = [];
  for (const row of inWindow) {
    const mark = fingerprint(row, deviceUtf8);
    const seen = tally.see(row.offset, mark);
    if (witness) addToSeal(witness.seal, mark);
    if (seen !== 'stored') witness?.wrong.set(row.offset, seen === 'altered' ? 'altered' : 'doubled');
    if (seen === 'stored') equal.push(row);
    else if (seen === 'altered') counts.altered += 1;
    else counts.doubled += 1;
    if (seen !== 'stored') places.add(row.offset, `the reading of ${device} ${whatIsWrong[seen]}`);
  }
  counts.stored += equal.length;
  if (device !== undefined && equal.length > 0) audit.ledger.stored(device, equal.length);
  for (const row of audit.names.claim(number, equal)) {
    counts.doubled += 1;
    places.add(row.offset, `the reading of ${device} has the name of another: boot ${row.boot}, seq ${row.seq}`);
  }
}
