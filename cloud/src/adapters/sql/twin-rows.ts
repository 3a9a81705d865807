import { digestOf, twinMax } from '@selvedge/protocol';
import type { Kysely } from 'kysely';
import { historySlack, type TwinState, type TwinStep } from '../../engines/twin/fold-twin.ts';
import { conflictsOf } from '../../engines/twin/twin-view.ts';
import type { Tables } from './tables.ts';

/**
 * Writes a twin with what led to it; an event that is there already is not written again. Of each path the last event
 * before those that are let go stays, so that what is kept leads to the twin as it is.
 */
export async function saveTwin(
  db: Kysely<Tables>,
  state: TwinState,
  steps: readonly TwinStep[],
  now: number,
): Promise<void> {
  const { twin } = state;
  const { device } = twin;
  const values = {
    node: twin.owner.node,
    term: twin.owner.term,
    moved_at: state.movedAt,
    digest: digestOf(twin),
    conflicts: conflictsOf(state).length,
    fields: JSON.stringify(twin.fields),
    confirmed: JSON.stringify(state.confirmed),
    updated_at: now,
  };
  const { sequence, history_first } = await db
    .insertInto('twin')
    .values({ device, ...values, sequence: 0, history_first: 1, history_from: 0 })
    .onConflict((conflict) => conflict.column('device').doUpdateSet(values))
    .returning(['sequence', 'history_first'])
    .executeTakeFirstOrThrow();
  let last = sequence;
  for (const { event, field } of steps) {
    const { kind, id, path } = event;
    const row = { device, sequence: last + 1, id, kind, path, at: now };
    const inserted = await db
      .insertInto('twin_event')
      .values({ ...row, event: JSON.stringify({ ...event, at: now }), field: JSON.stringify(field) })
      .onConflict((conflict) => conflict.columns(['device', 'id']).doNothing())
      .returning('sequence')
      .executeTakeFirst();
    if (inserted) last = inserted.sequence;
  }
  if (last !== sequence) await db.updateTable('twin').set({ sequence: last }).where('device', '=', device).execute();
  if (last - history_first >= twinMax.events + historySlack) await trim(db, device, last - twinMax.events + 1);
}

/** Lets events before `first` go, but for the last of each path. */
async function trim(db: Kysely<Tables>, device: string, first: number): Promise<void> {
  const bases = db
    .selectFrom('twin_event')
    .select((eb) => eb.fn.max('sequence').as('sequence'))
    .where('device', '=', device)
    .where('sequence', '<', first)
    .groupBy('path');
  const gone = await db
    .selectFrom('twin_event')
    .select((eb) => eb.fn.max('at').as('at'))
    .where('device', '=', device)
    .where('sequence', '<', first)
    .executeTakeFirst();
  await db
    .deleteFrom('twin_event')
    .where('device', '=', device)
    .where('sequence', '<', first)
    .where('sequence', 'not in', bases)
    .execute();
  await db
    .updateTable('twin')
    .set({ history_first: first, history_from: gone?.at ?? 0 })
    .where('device', '=', device)
    .execute();
}
