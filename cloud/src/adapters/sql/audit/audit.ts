import { Buffer } from 'node:buffer';
import { addInterval, balance, type Interval } from '@selvedge/protocol';
import type { Kysely } from 'kysely';
import { type ChainWalk, chainWalk } from '../../../engines/audit/chain-walk.ts';
import { type Places, places } from '../../../engines/audit/places.ts';
import type { Auditor, StoreAudit, StoreAuditRow } from '../../../ports.ts';
import type { Chunks } from '../chunks.ts';
import { findJournal } from '../journals.ts';
import { heldRuns } from '../log.ts';
import type { PrunedSourceRow } from '../retention/tables.ts';
import type { Tables } from '../tables.ts';
import { lookAtBooks } from './books.ts';
import { foldMarks } from './fold-marks.ts';
import { ledgerTotals } from './ledger-totals.ts';
import { loggedRows } from './logged-rows.ts';
import { nameClaims } from './name-claims.ts';
import { otherReadings } from './other-readings.ts';
import { type Policy, policyOf } from './policy.ts';
import { auditReadings, noCounts, type ReadingsAudit } from './readings-audit.ts';
import { compareSealed } from './sealed.ts';

type JournalAudit = Omit<StoreAudit, 'node' | 'epoch'>;

/**
 * Recomputes from the rows what the store holds of a journal. All of it is read in one transaction, so the answer is of
 * one moment; its memory does not grow with the journal, but for the runs of names that its devices left open.
 */
export function auditTable(db: Kysely<Tables>, chunks: Chunks, pause: () => Promise<void>): Auditor {
  return {
    async journals() {
      const rows = await db.selectFrom('journal').select(['node', 'epoch']).orderBy('id').execute();
      return rows.map(({ node, epoch }) => ({ node, epoch }));
    },
    async books(node, epoch, range) {
      const journal = await findJournal(db, node, epoch);
      if (journal === undefined) return { judged: 0, judgedTo: range.from, imbalances: [], open: [], more: false };
      return db
        .transaction()
        .setAccessMode('read only')
        .execute((trx) => lookAtBooks(trx, journal, range, pause));
    },
    store: (node, epoch, since) =>
      db
        .transaction()
        .setAccessMode('read only')
        .execute(async (trx) => {
          const journal = await findJournal(trx, node, epoch);
          const audit = journal === undefined ? nothingHeld : await auditJournal(trx, chunks, pause, journal, since);
          return { node, epoch, ...audit };
        }),
  };
}

async function auditJournal(
  db: Kysely<Tables>,
  chunks: Chunks,
  pause: () => Promise<void>,
  journal: number,
  since = 0,
): Promise<JournalAudit> {
  const found = places();
  const policy = await policyOf(db, journal);
  const walk = await walkChain(db, journal, found, policy, pause);
  const { position } = await db.selectFrom('consumer').select('position').executeTakeFirstOrThrow();
  const end = walk.runs.at(-1)?.to ?? policy.log_to;
  const kept = {
    places: found,
    ledger: ledgerTotals(),
    folds: foldMarks(policy.folds_pruned_to),
    names: nameClaims(),
    counts: noCounts(),
  };
  const from = since > 0 ? await offsetAt(db, journal, since) : 0;
  // What went from the log is absent from the books, and proves nothing.
  const books = { balance: balance(from), end: from > 0 ? from : policy.log_to > 0 ? 0 : -1 };
  const audit: ReadingsAudit = {
    db,
    chunks,
    pause,
    journal,
    end,
    position,
    ...kept,
    books,
    from: Math.max(from, policy.log_to),
    policy,
  };
  if (from === 0 && policy.log_to > 0) await compareSealed(audit, policy);
  await auditReadings(audit);
  await findElsewhere(audit);
  // The table has sums since the journal began.
  const sources = await db.selectFrom('pruned_source').selectAll().where('journal', '=', journal).execute();
  if (from === 0) {
    for (const row of sources) {
      audit.ledger.add(row);
      audit.folds.addMarks(row.source, row.fold_rows, row.fold_sum);
    }
    comparePruned(audit, policy);
    await audit.ledger.compare(db, journal, found);
    await audit.folds.compare(db, journal, found);
  }
  books.balance.finish();
  const { runs } = walk;
  const held = runs.map(({ from, to }): Interval => [from, to]);
  const whole = from === 0 ? policy : { readings: 0, duplicates: 0, lost: 0, doubled: 0, altered: 0 };
  const { counts } = audit;
  const hash = runs.at(-1)?.after ?? policy.log_hash;
  const rows = audit.ledger.rows(books.balance.totals);
  return {
    held: policy.log_to > 0 ? addInterval(held, [0, policy.log_to]) : held,
    broken: found.all(),
    records: walk.records + policy.records,
    readings: counts.readings + whole.readings,
    stored: counts.stored,
    lost: counts.lost + whole.lost,
    doubled: counts.doubled + whole.doubled,
    altered: counts.altered + whole.altered,
    duplicates: counts.duplicates + whole.duplicates,
    expired: walk.expired + policy.expired,
    local: walk.local + policy.local,
    pruned: prunedView(policy),
    closings: { judged: books.balance.judged, imbalances: books.balance.imbalances },
    headHash: Buffer.from(hash).toString('hex'),
    rows: from === 0 ? rows.map((row) => withBooks(row, sources)) : rows,
  };
}

const prunedView = ({
  log_to,
  telemetry_to,
  records,
  telemetry_readings,
  aside,
  ...row
}: Policy): StoreAudit['pruned'] => ({
  logTo: log_to,
  telemetryTo: telemetry_to,
  records,
  readings: telemetry_readings,
  aside,
  at: Math.max(row.log_at, row.telemetry_at),
  why: [...new Set([row.log_why, row.telemetry_why])].filter((why) => why !== ''),
});

/** With what the closings accounted for that went from the log. */
function withBooks(row: StoreAuditRow, sources: readonly PrunedSourceRow[]): StoreAuditRow {
  const gone = sources.find(({ source }) => source === row.source);
  if (!gone) return row;
  const [folded, withheld] = [row.folded + gone.folded, row.withheld + gone.withheld];
  return { ...row, folded, withheld, expired: row.expired + gone.expired };
}

/** What was found wrong when it went stays wrong, and no more may be absent than went. */
function comparePruned({ counts, places: found }: ReadingsAudit, policy: Policy): void {
  const { log_to: to, broken, imbalances, gone } = policy;
  if (broken > 0) found.add(Math.max(0, to - 1), `${broken} places did not hold when their batches went from the log`);
  if (imbalances > 0)
    found.add(Math.max(0, to - 1), `${imbalances} imbalances were in the books when they went from the log`);
  if (counts.pruned !== gone)
    found.add(
      to,
      `${counts.pruned} readings are in the log and before the place up to which telemetry was pruned, ${gone} went by policy`,
    );
}

/** The first offset that was journaled at or after a moment, by the clock of its node. */
async function offsetAt(db: Kysely<Tables>, journal: number, since: number): Promise<number> {
  const row = await db
    .selectFrom('log')
    .select((eb) => eb.fn.min('first_offset').as('first'))
    .where('journal', '=', journal)
    .where('appended_at', '>=', since)
    .executeTakeFirst();
  return row?.first ?? Number.MAX_SAFE_INTEGER;
}

/** Follows the chain through the rows, without their bodies, and compares it with what the log claims to hold. */
async function walkChain(
  db: Kysely<Tables>,
  journal: number,
  found: Places,
  policy: Policy,
  pause: () => Promise<void>,
): Promise<ChainWalk> {
  const walk = chainWalk(found);
  for await (const page of loggedRows(db, { journal, from: 0, to: Number.MAX_SAFE_INTEGER, withBodies: false })) {
    for (const row of page) walk.add(row);
    await pause();
  }
  walk.compare(await heldRuns(db, journal));
  const [first] = walk.runs;
  if (first && first.from < policy.log_to)
    found.add(first.from, `the log has a batch here, though all before ${policy.log_to} went by policy`);
  if (first?.from === policy.log_to && first.from > 0 && !Buffer.from(first.before).equals(policy.log_hash))
    found.add(first.from, 'the batch does not follow the hash that was noted when those before it went');
  return walk;
}

/** Finds readings of other journals with a name that this one has too: their device was heard through two nodes. */
async function findElsewhere({
  db,
  chunks,
  journal,
  names,
  counts,
  places: found,
  pause,
}: ReadingsAudit): Promise<void> {
  for await (const { device, number, rows } of otherReadings(db, chunks, journal, names)) {
    for (const row of rows) {
      if (!names.holds(number, row)) continue;
      counts.doubled += 1;
      found.add(row.offset, `another journal has the reading of ${device} with boot ${row.boot}, seq ${row.seq} too`);
    }
    await pause();
  }
}

const nothingHeld: JournalAudit = {
  held: [],
  broken: [],
  records: 0,
  ...noCounts(),
  pruned: { logTo: 0, telemetryTo: 0, records: 0, readings: 0, aside: 0, at: 0, why: [] },
  expired: 0,
  local: 0,
  closings: { judged: 0, imbalances: [] },
  headHash: '',
  rows: [],
};
