import type { Kysely } from 'kysely';
import type { SagaEvent, SagaEventView, SagaStatus, SagaView } from '../../ports.ts';
import type { SagaRow, Tables } from './tables.ts';

export interface SagaTable {
  create(saga: SagaView): Promise<boolean | 'full'>;
  find(id: string): Promise<SagaView | undefined>;
  list(filter: { readonly status?: SagaStatus; readonly limit: number }): Promise<readonly SagaView[]>;
  save(saga: SagaView, events: readonly SagaEventView[]): Promise<boolean>;
  history(id: string, limit: number): Promise<readonly SagaEventView[]>;
}

/** Sagas that may run at once. */
const runningMax = 100;

/** Sagas that are over and are kept; the oldest are let go. */
const keptMax = 10_000;

/** Sagas and their events. */
export function sagaTable(db: Kysely<Tables>): SagaTable {
  const find = async (on: Kysely<Tables>, id: string): Promise<SagaView | undefined> => {
    const row = await on.selectFrom('saga').selectAll().where('id', '=', id).executeTakeFirst();
    return row && viewOf(row);
  };

  return {
    create: (saga) =>
      db.transaction().execute(async (trx) => {
        if (await find(trx, saga.id)) return false;
        const { running } = await trx
          .selectFrom('saga')
          .select((eb) => eb.fn.countAll<number>().as('running'))
          .where('status', '=', 'running')
          .executeTakeFirstOrThrow();
        if (running >= runningMax) return 'full';
        await trx.insertInto('saga').values(rowOf(saga)).execute();
        await letGo(trx);
        return true;
      }),

    find: (id) => find(db, id),

    async list({ status, limit }) {
      const rows = await db
        .selectFrom('saga')
        .selectAll()
        .$if(status !== undefined, (query) => query.where('status', '=', status!))
        .orderBy('created_at', status === 'running' ? 'asc' : 'desc')
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map(viewOf);
    },

    save: (saga, events) =>
      db.transaction().execute(async (trx) => {
        const { numUpdatedRows } = await trx
          .updateTable('saga')
          .set(rowOf(saga))
          .where('id', '=', saga.id)
          .where('revision', '=', saga.revision - 1)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) return false;
        for (const { sequence, at, ...event } of events)
          await trx
            .insertInto('saga_event')
            .values({ saga: saga.id, sequence, at, event: JSON.stringify(event) })
            .execute();
        return true;
      }),

    async history(id, limit) {
      const rows = await db
        .selectFrom('saga_event')
        .selectAll()
        .where('saga', '=', id)
        .orderBy('sequence', 'desc')
        .limit(limit)
        .execute();
      return rows.map(({ sequence, at, event }) => ({ sequence, at, ...(JSON.parse(event) as SagaEvent) }));
    },
  };
}

/** Those that are over go, the oldest first; one that is stuck waits for a person, however old it is. */
async function letGo(db: Kysely<Tables>): Promise<void> {
  const old = await db
    .selectFrom('saga')
    .select('id')
    .where('status', 'in', ['done', 'undone'])
    .orderBy('created_at', 'desc')
    .limit(100)
    .offset(keptMax)
    .execute();
  for (const { id } of old) {
    await db.deleteFrom('saga_event').where('saga', '=', id).execute();
    await db.deleteFrom('saga').where('id', '=', id).execute();
  }
}

const rowOf = (saga: SagaView): SagaRow => ({
  id: saga.id,
  status: saga.status,
  created_at: saga.createdAt,
  revision: saga.revision,
  state: JSON.stringify(saga),
});

const viewOf = ({ state }: SagaRow): SagaView => JSON.parse(state) as SagaView;
