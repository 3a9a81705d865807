import type { Interval } from '@selvedge/protocol';
import type { Kysely } from 'kysely';
import type { Tables } from '../tables.ts';
import type { PrunedRow } from './tables.ts';

/** What has gone from a journal by policy. */
export type Pruned = Omit<PrunedRow, 'journal'>;

export const nothingPruned: Pruned = {
  ...{ log_to: 0, log_hash: new Uint8Array(), log_at: 0, log_why: '' },
  ...{ records: 0, readings: 0, duplicates: 0, lost: 0, doubled: 0, altered: 0, expired: 0, local: 0 },
  ...{ absent: 0, aside: 0, broken: 0, imbalances: 0, sealed_rows: 0, sealed_sum: 0, folds_to: 0, folds_pruned_to: 0 },
  ...{ telemetry_to: 0, telemetry_at: 0, telemetry_why: '', telemetry_readings: 0, gone: 0 },
};

export async function readPruned(db: Kysely<Tables>, journal: number): Promise<Pruned> {
  return (await db.selectFrom('pruned').selectAll().where('journal', '=', journal).executeTakeFirst()) ?? nothingPruned;
}

export async function writePruned(db: Kysely<Tables>, journal: number, pruned: Pruned): Promise<void> {
  await db
    .insertInto('pruned')
    .values({ ...pruned, journal })
    .onConflict((conflict) => conflict.column('journal').doUpdateSet(pruned))
    .execute();
}

/** How far a journal's beginning is complete: nothing before it will come any more, and the consumers have passed it. */
export async function settledTo(
  db: Kysely<Tables>,
  journal: number,
  acknowledged: readonly Interval[],
): Promise<number> {
  const base = await keptFrom(db, journal);
  let end = 0;
  for (const [from, to] of acknowledged) {
    // What the node does not have any more can never fill a hole.
    if (from > end && from > base) break;
    end = Math.max(end, to);
  }
  const { position } = await db.selectFrom('consumer').select('position').executeTakeFirstOrThrow();
  const behind = await db
    .selectFrom('log')
    .select((eb) => eb.fn.min('first_offset').as('first'))
    .where('journal', '=', journal)
    .where('sequence', '>', position)
    .executeTakeFirst();
  return Math.min(end, behind?.first ?? end);
}

/** The first offset that the node said it still has; 0 for a journal that it has left behind. */
async function keptFrom(db: Kysely<Tables>, journal: number): Promise<number> {
  const row = await db
    .selectFrom('journal')
    .innerJoin('node', (join) => join.onRef('node.id', '=', 'journal.node').onRef('node.epoch', '=', 'journal.epoch'))
    .select('report')
    .where('journal.id', '=', journal)
    .executeTakeFirst();
  const report = JSON.parse(row?.report ?? '{}') as { readonly journal?: { readonly firstOffset?: number } };
  return report.journal?.firstOffset ?? 0;
}
