import type { Kysely } from 'kysely';
import { type OffsetTally, offsetTally } from '../../../engines/audit/offset-tally.ts';
import type { Places } from '../../../engines/audit/places.ts';
import type { Chunks } from '../chunks.ts';
import type { Tables } from '../tables.ts';
import { compareStored } from './compare-stored.ts';
import { expectReadings } from './expect-readings.ts';
import { rowFingerprints } from './fingerprint.ts';
import type { LedgerTotals } from './ledger-totals.ts';
import { loggedRows } from './logged-rows.ts';
import { missingReadings } from './missing-readings.ts';
import type { NameClaims } from './name-claims.ts';
import { storedReadings } from './stored-readings.ts';

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
  readonly counts: ReadingCounts;
}

export interface ReadingCounts {
  readings: number;
  stored: number;
  lost: number;
  doubled: number;
  altered: number;
  duplicates: number;
}

export const noCounts = (): ReadingCounts => ({
  readings: 0,
  stored: 0,
  lost: 0,
  doubled: 0,
  altered: 0,
  duplicates: 0,
});

/** Offsets from `from` to before `to`, and what the log has of them. */
export interface AuditWindow {
  readonly from: number;
  readonly to: number;
  readonly tally: OffsetTally;
}

/** Compares every reading of the log with telemetry, in windows of offsets. */
export async function auditReadings(audit: ReadingsAudit): Promise<void> {
  const { db, journal, pause } = audit;
  const all = { journal, from: 0, to: Number.MAX_SAFE_INTEGER };
  let from = 0;
  let base = -1;
  let tally = offsetTally(0, 0);
  for await (const page of loggedRows(db, { ...all, withBodies: true })) {
    for (const row of page) {
      if (base < 0 || row.firstOffset + row.count > base + windowOffsets) {
        if (base >= 0) {
          await closeWindow(audit, { from, to: row.firstOffset, tally });
          from = row.firstOffset;
        }
        base = row.firstOffset;
        tally = offsetTally(base, Math.min(windowOffsets, audit.end - base));
      }
      expectReadings(audit, row, tally);
    }
    await pause();
  }
  await closeWindow(audit, { from, to: all.to, tally });
}

/** What telemetry has of a window, then what it lacks. */
async function closeWindow(audit: ReadingsAudit, window: AuditWindow): Promise<void> {
  const { db, chunks, counts, journal, pause, places } = audit;
  const part = { journal, from: window.from, to: window.to };
  const fingerprint = rowFingerprints();
  for await (const page of storedReadings(db, chunks, part)) {
    for (const stored of page) compareStored(audit, window, stored, fingerprint);
    await pause();
  }
  for await (const page of missingReadings(db, chunks, part, window.tally.missing())) {
    for (const { row, isDuplicate } of page) {
      counts[isDuplicate ? 'duplicates' : 'lost'] += 1;
      if (!isDuplicate) places.add(row.offset, `the reading of ${row.device} is not in telemetry`);
    }
    await pause();
  }
}
