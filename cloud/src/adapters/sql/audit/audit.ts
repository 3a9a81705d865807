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
import { loggedRows } from './logged-batches.ts';
import { type NameClaims, nameClaims } from './name-claims.ts';
import { otherReadings } from './other-readings.ts';
import { auditReadings } from './readings-audit.ts';

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
          return { node, epoch, ...(journal === undefined ? nothingHeld : await auditJournal(trx, journal)) };
        }),
  };

  async function auditJournal(trx: Kysely<Tables>, journal: number): Promise<Omit<StoreAudit, 'node' | 'epoch'>> {
    const found = places();
    const walk = await walkChain(trx, journal, found);
    const { position } = await trx.selectFrom('consumer').select('position').executeTakeFirstOrThrow();
    const ledger = ledgerTotals();
    const names = nameClaims();
    const end = walk.runs.at(-1)?.to ?? 0;
    const counts = await auditReadings({
      db: trx,
      chunks,
      pause,
      journal,
      end,
      position,
      places: found,
      ledger,
      names,
    });
    counts.doubled += await doubledElsewhere(trx, journal, names, found);
    await ledger.compare(trx, journal, found);
    return {
      held: walk.runs.map(({ from, to }): Interval => [from, to]),
      broken: found.all(),
      records: walk.records,
      ...counts,
      expired: walk.expired,
      headHash: Buffer.from(walk.runs.at(-1)?.after ?? []).toString('hex'),
      rows: ledger.rows(),
    };
  }

  async function walkChain(trx: Kysely<Tables>, journal: number, found: Places): Promise<ChainWalk> {
    const walk = chainWalk(found);
    for await (const page of loggedRows(trx, { journal, from: 0, to: Number.MAX_SAFE_INTEGER, withBodies: false })) {
      for (const row of page) walk.add(row);
      await pause();
    }
    walk.compare(await heldRuns(trx, journal));
    return walk;
  }

  /** Readings of other journals that have a name which this journal has too: a device that was heard through two nodes. */
  async function doubledElsewhere(
    trx: Kysely<Tables>,
    journal: number,
    names: NameClaims,
    found: Places,
  ): Promise<number> {
    let doubled = 0;
    for await (const { device, number, rows } of otherReadings(trx, chunks, journal, names)) {
      for (const row of rows) {
        if (!names.holds(number, row)) continue;
        doubled += 1;
        found.add(row.offset, `another journal has the reading of ${device} with boot ${row.boot}, seq ${row.seq} too`);
      }
      await pause();
    }
    return doubled;
  }
}

const nothingHeld: Omit<StoreAudit, 'node' | 'epoch'> = {
  held: [],
  broken: [],
  records: 0,
  readings: 0,
  stored: 0,
  lost: 0,
  doubled: 0,
  altered: 0,
  duplicates: 0,
  expired: 0,
  headHash: '',
  rows: [],
};
