import type { Kysely } from 'kysely';
import { claimNames } from '../../../engines/names/claim-names.ts';
import type { PruneWish } from '../../../ports.ts';
import { markFold } from '../audit/fold-marks.ts';
import { sumMax } from '../audit/policy.ts';
import type { Tables } from '../tables.ts';
import type { TelemetryAccount } from './account-telemetry.ts';
import { readPruned, writePruned } from './pruned.ts';

/** Takes chunks away in one transaction; false where the store has changed since they were looked through. */
export function takeTelemetry(db: Kysely<Tables>, account: TelemetryAccount, { why, at }: PruneWish): Promise<boolean> {
  const { journal, from, to, unsealed } = account;
  return db.transaction().execute(async (trx) => {
    const before = await readPruned(trx, journal);
    if (before.telemetry_to !== from || before.log_to !== account.logTo) return false;
    const there = await trx.selectFrom('chunk').select('id').where('id', 'in', account.chunks).execute();
    // Late readings were merged with some of them meanwhile.
    if (there.length !== account.chunks.length) return false;
    await trx.deleteFrom('chunk').where('id', 'in', account.chunks).execute();
    await keepNames(trx, account.names);
    for (const [offset, what] of account.absent)
      await trx
        .insertInto('pruned_absent')
        .values({ journal, offset, what })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    const foldsTo = Math.max(before.folds_pruned_to, Math.min(to, before.folds_to));
    await takeFolds(trx, journal, foldsTo);
    await trx.deleteFrom('pruned_place').where('journal', '=', journal).where('to_offset', '<=', to).execute();
    await writePruned(trx, journal, {
      ...before,
      ...{ telemetry_to: to, telemetry_at: at, telemetry_why: why, folds_pruned_to: foldsTo },
      ...{ doubled: before.doubled + account.doubled, altered: before.altered + account.altered },
      telemetry_readings: before.telemetry_readings + account.readings,
      gone: before.gone + account.gone,
      sealed_rows: before.sealed_rows - unsealed.rows,
      sealed_sum: (before.sealed_sum - unsealed.sum + sumMax) % sumMax,
    });
    return true;
  });
}

/** Remembers which names went, so that a reading that comes again is known for a duplicate by an audit too. */
async function keepNames(db: Kysely<Tables>, names: TelemetryAccount['names']): Promise<void> {
  for (const { device, boot, from, to } of names) {
    const kept = await db
      .selectFrom('pruned_name')
      .select(['seq_from as from', 'seq_to as to'])
      .where('device', '=', device)
      .where('boot', '=', boot)
      .where('seq_from', '<=', to)
      .where('seq_to', '>=', from)
      .orderBy('seq_from')
      .execute();
    const { removed, written } = claimNames(
      kept,
      Array.from({ length: to - from }, (_, i) => from + i),
    );
    for (const seq of removed)
      await db
        .deleteFrom('pruned_name')
        .where('device', '=', device)
        .where('boot', '=', boot)
        .where('seq_from', '=', seq)
        .execute();
    for (const run of written)
      await db
        .insertInto('pruned_name')
        .values({ device, boot, seq_from: run.from, seq_to: run.to })
        .onConflict((conflict) => conflict.columns(['device', 'boot', 'seq_from']).doUpdateSet({ seq_to: run.to }))
        .execute();
  }
}

/** Aggregates of closings whose records have all gone from the log go with the readings of their time. */
async function takeFolds(db: Kysely<Tables>, journal: number, to: number): Promise<void> {
  const rows = await db
    .deleteFrom('fold')
    .where('journal', '=', journal)
    .where('to_offset', '<=', to)
    .returningAll()
    .execute();
  const marks = new Map<string, { rows: number; sum: number }>();
  for (const row of rows) markFold(marks, row);
  for (const [source, mark] of marks)
    await db
      .updateTable('pruned_source')
      .set((eb) => ({
        fold_rows: eb('fold_rows', '-', mark.rows),
        fold_sum: eb(eb('fold_sum', '-', mark.sum - sumMax), '%', sumMax),
      }))
      .where('journal', '=', journal)
      .where('source', '=', source)
      .execute();
}
