import { forEachRecord } from '@selvedge/journal';
import { decodeRecord, recordKind } from '@selvedge/protocol';
import type { Kysely } from 'kysely';
import { type OffsetTally, offsetTally } from '../../../engines/audit/offset-tally.ts';
import type { Places } from '../../../engines/audit/places.ts';
import { checkRecord } from '../../../engines/ingest/check-record.ts';
import { type ReadingRow, utf8 } from '../../../engines/telemetry/reading-row.ts';
import type { Chunks } from '../chunks.ts';
import type { Tables } from '../tables.ts';
import { checkedBody } from './checked-body.ts';
import { fingerprintOf, rowFingerprints } from './fingerprint.ts';
import type { LedgerTotals } from './ledger-totals.ts';
import { type LoggedRow, loggedRows } from './logged-batches.ts';
import { missingReadings } from './missing-readings.ts';
import type { NameClaims } from './name-claims.ts';
import { type StoredReadings, storedReadings } from './stored-readings.ts';

/** Offsets compared at once: 17 bytes of memory each. Chunks that reach over an end are opened twice. */
const windowOffsets = 2 ** 20;

export interface ReadingsAudit {
  readonly db: Kysely<Tables>;
  readonly chunks: Chunks;
  readonly pause: () => Promise<void>;
  readonly journal: number;
  /** One past the last offset in the log. */
  readonly end: number;
  /** The consumers have come to here; what stands behind is not in telemetry yet. */
  readonly position: number;
  readonly places: Places;
  readonly ledger: LedgerTotals;
  readonly names: NameClaims;
}

export interface ReadingCounts {
  readings: number;
  stored: number;
  lost: number;
  doubled: number;
  altered: number;
  duplicates: number;
}

/** Compares every reading of the log with telemetry, in windows of offsets. */
export async function auditReadings(audit: ReadingsAudit): Promise<ReadingCounts> {
  const { db, journal, pause } = audit;
  const counts: ReadingCounts = { readings: 0, stored: 0, lost: 0, doubled: 0, altered: 0, duplicates: 0 };
  const fingerprint = rowFingerprints();
  let window = { from: 0, base: -1, tally: offsetTally(0, 0) };

  for await (const page of loggedRows(db, { journal, from: 0, to: Number.MAX_SAFE_INTEGER, withBodies: true })) {
    for (const row of page) {
      const begins = window.base < 0 || row.firstOffset + row.count > window.base + windowOffsets;
      if (begins && window.base >= 0) {
        await close(row.firstOffset);
        window = { ...window, from: row.firstOffset };
      }
      if (begins) {
        const length = Math.min(windowOffsets, audit.end - row.firstOffset);
        window = { ...window, base: row.firstOffset, tally: offsetTally(row.firstOffset, length) };
      }
      expectRow(row, window.tally);
    }
    await pause();
  }
  await close(Number.MAX_SAFE_INTEGER);
  return counts;

  function expectRow(row: LoggedRow, tally: OffsetTally): void {
    const body = checkedBody(row);
    if (!body.ok) audit.places.add(row.firstOffset, body.why);
    const bytes = body.ok ? body.value : undefined;
    if (!bytes) return;
    const isPending = row.sequence > audit.position;
    forEachRecord(bytes, (start, end, index) => {
      const offset = row.firstOffset + index;
      if (bytes[start] === recordKind.ledger) addLedger(bytes, start, end, isPending);
      if (bytes[start] !== recordKind.reading || !audit.chunks.reader.read(bytes, start, end, offset).ok) return;
      counts.readings += 1;
      tally.expect(offset, fingerprintOf(bytes, start, end), isPending);
    });
  }

  function addLedger(bytes: Buffer, start: number, end: number, isPending: boolean): void {
    const record = decodeRecord(bytes, start, end);
    if (isPending || !record.ok || record.value.kind !== 'ledger' || !checkRecord(record.value).ok) return;
    for (const row of record.value.body.rows) audit.ledger.add(row);
  }

  /** Ends the window before `to`: what telemetry has of it, then what it lacks. */
  async function close(to: number): Promise<void> {
    const part = { journal, from: window.from, to };
    for await (const page of storedReadings(db, audit.chunks, part)) {
      for (const stored of page) seeStored(stored, part);
      await pause();
    }
    for await (const page of missingReadings(db, audit.chunks, part, window.tally.missing())) {
      for (const { row, isDuplicate } of page) {
        counts[isDuplicate ? 'duplicates' : 'lost'] += 1;
        if (!isDuplicate) audit.places.add(row.offset, `the reading of ${row.device} is not in telemetry`);
      }
      await pause();
    }
  }

  function seeStored(stored: StoredReadings, { from, to }: { readonly from: number; readonly to: number }): void {
    const { device, number, wrong } = stored;
    const inWindow = stored.rows.filter((row) => row.offset >= from && row.offset < to);
    if (wrong !== undefined && stored.offset >= from && stored.offset < to) audit.places.add(stored.offset, wrong);
    if (device === undefined && inWindow.length > 0) {
      audit.places.add(inWindow[0]!.offset, `the registry does not know device ${number}, which has readings`);
    }
    const name = utf8(device ?? '');
    const equal: ReadingRow[] = [];
    for (const row of inWindow) {
      const seen = window.tally.see(row.offset, fingerprint(row, name));
      if (seen === 'stored') equal.push(row);
      else if (seen === 'altered') counts.altered += 1;
      else counts.doubled += 1;
      if (seen !== 'stored') audit.places.add(row.offset, `the reading of ${device} ${whatIsWrong[seen]}`);
    }
    counts.stored += equal.length;
    if (device !== undefined && equal.length > 0) audit.ledger.stored(device, equal.length);
    for (const row of audit.names.claim(number, equal)) {
      counts.doubled += 1;
      audit.places.add(
        row.offset,
        `the reading of ${device} has the name of another: boot ${row.boot}, seq ${row.seq}`,
      );
    }
  }
}

const whatIsWrong = {
  altered: 'is other than in the log',
  again: 'is in telemetry twice',
  unknown: 'is in telemetry and not in the log',
} as const;
