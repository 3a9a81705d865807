import { Buffer } from 'node:buffer';
import type { Interval } from '@selvedge/protocol';
import type { Kysely } from 'kysely';
import { type ChainWalk, chainWalk } from '../../../engines/audit/chain-walk.ts';
import { type Places, places } from '../../../engines/audit/places.ts';
import type { Auditor, StoreAudit } from '../../../ports.ts';
import type { Chunks } from '../chunks.ts';
import { findJournal } from '../journals.ts';
import { heldRuns } from '../log.ts';
import type { Tables } from '../tables.ts';
import { ledgerTotals } from './ledger-totals.ts';
import { loggedRows } from './logged-rows.ts';
import { nameClaims } from './name-claims.ts';
import { otherReadings } from './other-readings.ts';
import { auditReadings, noCounts, type ReadingsAudit } from './readings-audit.ts';

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
    store: (node, epoch) =>
      db
        .transaction()
        .setAccessMode('read only')
        .execute(async (trx) => {
          const journal = await findJournal(trx, node, epoch);
          const audit = journal === undefined ? nothingHeld : await auditJournal(trx, chunks, pause, journal);
          return { node, epoch, ...audit };
        }),
  };
}

async function auditJournal(
  db: Kysely<Tables>,
  chunks: Chunks,
  pause: () => Promise<void>,
  journal: number,
): Promise<JournalAudit> {
  const found = places();
  const walk = await walkChain(db, journal, found, pause);
  const { position } = await db.selectFrom('consumer').select('position').executeTakeFirstOrThrow();
  const end = walk.runs.at(-1)?.to ?? 0;
  const kept = { places: found, ledger: ledgerTotals(), names: nameClaims(), counts: noCounts() };
  const audit: ReadingsAudit = { db, chunks, pause, journal, end, position, ...kept };
  await auditReadings(audit);
  await findElsewhere(audit);
  await audit.ledger.compare(db, journal, found);
  return {
    held: walk.runs.map(({ from, to }): Interval => [from, to]),
    broken: found.all(),
    records: walk.records,
    ...audit.counts,
    expired: walk.expired,
    headHash: Buffer.from(walk.runs.at(-1)?.after ?? []).toString('hex'),
    rows: audit.ledger.rows(),
  };
}

/** Follows the chain through the rows, without their bodies, and compares it with what the log claims to hold. */
async function walkChain(
  db: Kysely<Tables>,
  journal: number,
  found: Places,
  pause: () => Promise<void>,
): Promise<ChainWalk> {
  const walk = chainWalk(found);
  for await (const page of loggedRows(db, { journal, from: 0, to: Number.MAX_SAFE_INTEGER, withBodies: false })) {
    for (const row of page) walk.add(row);
    await pause();
  }
  walk.compare(await heldRuns(db, journal));
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
  expired: 0,
  headHash: '',
  rows: [],
};
