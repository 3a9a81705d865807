import { type Kysely, sql } from 'kysely';
import type { PruneWish } from '../../../ports.ts';
import { sumMax } from '../audit/policy.ts';
import type { Tables } from '../tables.ts';
import { type LogAccount, noted, type SourceAccount } from './account-log.ts';
import { type Pruned, readPruned, writePruned } from './pruned.ts';

const hour = 3_600_000;

/** Takes batches out of the log in one transaction; false where the store has changed since they were looked through. */
export function takeLog(db: Kysely<Tables>, account: LogAccount, { why, at }: PruneWish): Promise<boolean> {
  const { journal, from, to, hash, found, seal } = account;
  return db.transaction().execute(async (trx) => {
    const before = await readPruned(trx, journal);
    if (before.log_to !== from || before.telemetry_to !== account.telemetryTo) return false;
    const gone = ['log' as const, 'pruned_absent' as const];
    for (const table of gone)
      await trx
        .deleteFrom(table)
        .where('journal', '=', journal)
        .where(table === 'log' ? 'first_offset' : 'offset', '<', to)
        .execute();
    await trimHeld(trx, journal, to, hash);
    await addSources(trx, journal, account.sources);
    await markPlace(trx, journal, Math.floor(account.lastAt / hour), to);
    const sums = Object.fromEntries(noted.map((name) => [name, before[name] + found[name]])) as Pick<
      Pruned,
      (typeof noted)[number]
    >;
    await writePruned(trx, journal, {
      ...before,
      ...sums,
      ...{ log_to: to, log_hash: hash, log_at: at, log_why: why },
      ...{ sealed_rows: before.sealed_rows + seal.rows, sealed_sum: (before.sealed_sum + seal.sum) % sumMax },
      folds_to: Math.max(before.folds_to, account.foldsTo),
      gone: before.gone - account.gone,
    });
    return true;
  });
}

/** The log claims to hold only what is left of its runs. */
async function trimHeld(db: Kysely<Tables>, journal: number, to: number, before: Uint8Array): Promise<void> {
  const over = await db
    .selectFrom('held')
    .selectAll()
    .where('journal', '=', journal)
    .where('from_offset', '<', to)
    .where('to_offset', '>', to)
    .executeTakeFirst();
  await db.deleteFrom('held').where('journal', '=', journal).where('from_offset', '<', to).execute();
  if (over)
    await db
      .insertInto('held')
      .values({ ...over, from_offset: to, before })
      .execute();
}

async function addSources(db: Kysely<Tables>, journal: number, sources: readonly SourceAccount[]): Promise<void> {
  const sum = (name: string) => sql<number>`${sql.ref(`pruned_source.${name}`)} + ${sql.ref(`excluded.${name}`)}`;
  for (const { stored: _, foldRows: fold_rows, foldSum: fold_sum, ...row } of sources)
    await db
      .insertInto('pruned_source')
      .values({ ...row, journal, fold_rows, fold_sum })
      .onConflict((conflict) =>
        conflict.columns(['journal', 'source']).doUpdateSet({
          ...Object.fromEntries([...counted, 'fold_rows'].map((name) => [name, sum(name)])),
          fold_sum: sql<number>`${sum('fold_sum')} % ${sql.lit(sumMax)}`,
        }),
      )
      .execute();
}

const counted = [
  ...['received', 'refused', 'duplicates', 'quarantined', 'journaled'],
  ...['folded', 'withheld', 'expired'],
];

/** Remembers when it was that the log reached to here: telemetry may go later by the same clock. */
async function markPlace(db: Kysely<Tables>, journal: number, at: number, to: number): Promise<void> {
  await db
    .insertInto('pruned_place')
    .values({ journal, hour: at, to_offset: to })
    .onConflict((conflict) => conflict.columns(['journal', 'hour']).doUpdateSet({ to_offset: to }))
    .execute();
}
