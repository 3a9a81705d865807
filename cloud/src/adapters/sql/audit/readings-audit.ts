import type { Balance } from '@selvedge/protocol';
import type { Kysely } from 'kysely';
import { type OffsetTally, offsetTally } from '../../../engines/audit/offset-tally.ts';
import type { Places } from '../../../engines/audit/places.ts';
import type { Chunks } from '../chunks.ts';
import type { Tables } from '../tables.ts';
import { compareStored } from './compare-stored.ts';
import { expectReadings } from './expect-readings.ts';
import { rowFingerprints } from './fingerprint.ts';
import type { FoldMarks } from './fold-marks.ts';
import type { LedgerTotals } from './ledger-totals.ts';
import { loggedRows } from './logged-rows.ts';
import { missingReadings } from './missing-readings.ts';
import type { NameClaims } from './name-claims.ts';
import type { Policy, Seal } from './policy.ts';
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
  readonly folds: FoldMarks;
  readonly names: NameClaims;
  readonly counts: ReadingCounts;
  /** Batches are shown to it in their order; `end` is where the last one ended, negative before the first. */
  readonly books: { readonly balance: Balance; end: number };
  /** Where to begin; 0 for everything. */
  readonly from: number;
  /** Where to end; absent: with the log. */
  readonly to?: number;
  readonly policy: Policy;
  /** Is shown what retention has to note before it takes something away. */
  readonly witness?: Witness;
}

/** What is noted of a part of a journal of which something is about to go. */
export interface Witness {
  /** Of all readings that telemetry has there. */
  readonly seal: Seal;
  /** Readings of the log that telemetry does not have. */
  readonly absent: Map<number, 'duplicate' | 'lost'>;
  /** Readings of telemetry that are not as the log has them. */
  readonly wrong: Map<number, 'altered' | 'doubled'>;
}

export interface ReadingCounts {
  readings: number;
  stored: number;
  lost: number;
  doubled: number;
  altered: number;
  duplicates: number;
  /** In the log, and taken out of telemetry by policy. */
  pruned: number;
}

export const noCounts = (): ReadingCounts => ({
  readings: 0,
  stored: 0,
  lost: 0,
  doubled: 0,
  altered: 0,
  duplicates: 0,
  pruned: 0,
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
  const all = { journal, from: audit.from, to: audit.to ?? Number.MAX_SAFE_INTEGER };
  let { from } = audit;
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
  const { db, chunks, counts, journal, pause, places, policy, witness } = audit;
  const part = { journal, from: window.from, to: window.to };
  const fingerprint = rowFingerprints();
  for await (const page of storedReadings(db, chunks, part)) {
    for (const stored of page) compareStored(audit, window, stored, fingerprint);
    await pause();
  }
  const missing = [...window.tally.missing()];
  for (const offset of missing.filter((one) => one < policy.telemetry_to)) {
    const absence = policy.absence(offset);
    counts[absence === 'duplicate' ? 'duplicates' : absence] += 1;
  }
  const unexplained = missing.filter((one) => one >= policy.telemetry_to);
  for await (const page of missingReadings(db, chunks, part, unexplained)) {
    for (const { row, isDuplicate } of page) {
      counts[isDuplicate ? 'duplicates' : 'lost'] += 1;
      witness?.absent.set(row.offset, isDuplicate ? 'duplicate' : 'lost');
      if (!isDuplicate) places.add(row.offset, `the reading of ${row.device} is not in telemetry`);
    }
    await pause();
  }
}
