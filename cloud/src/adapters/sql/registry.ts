import type { NodeReport, TimeUnknown } from '@selvedge/protocol';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { DeviceFilter, DeviceView, NodeTimeCorrection, NodeView } from '../../ports.ts';
import { findJournal } from './journals.ts';
import { acknowledgedRuns } from './log.ts';
import type { DeviceRow, NodeRow, Tables } from './tables.ts';

/** The registry in the database. Whether a link is up now is known to the process alone, so it is left out here. */
export interface RegistryTable {
  nodeSeen(node: string, epoch: string, at: number): Promise<void>;
  nodeReported(node: string, report: NodeReport, at: number): Promise<void>;
  nodes(): Promise<readonly Omit<NodeView, 'online'>[]>;
  timeCorrections(node: string, limit: number): Promise<readonly NodeTimeCorrection[]>;
  node(id: string): Promise<Omit<NodeView, 'online'> | undefined>;
  devices(filter: DeviceFilter): Promise<{ readonly devices: readonly DeviceView[]; readonly total: number }>;
  device(id: string): Promise<DeviceView | undefined>;
}

export function registryTable(db: Kysely<Tables>): RegistryTable {
  const nodeView = async (row: NodeRow): Promise<Omit<NodeView, 'online'>> => {
    const journal = await findJournal(db, row.id, row.epoch);
    return {
      id: row.id,
      epoch: row.epoch,
      firstSeen: row.first_seen,
      lastSeen: row.last_seen,
      acknowledged: journal === undefined ? [] : await acknowledgedRuns(db, journal),
      report: row.report === null ? null : (JSON.parse(row.report) as NodeReport),
    };
  };

  const devices = () =>
    db
      .selectFrom('device')
      .selectAll('device')
      .select((eb) =>
        eb
          .selectFrom('alert')
          .select((one) => one.fn.countAll<number>().as('count'))
          .whereRef('alert.device', '=', 'device.id')
          .where('alert.state', '=', 'active')
          .as('alerts_active'),
      );

  return {
    async nodeSeen(node, epoch, at) {
      await db
        .insertInto('node')
        .values({ id: node, epoch, first_seen: at, last_seen: at, report: null })
        .onConflict((conflict) =>
          conflict.column('id').doUpdateSet((eb) => ({
            // A node that enrols again has no journal to show yet; what is known of its last one stays.
            epoch: epoch === '' ? eb.ref('node.epoch') : epoch,
            last_seen: sql<number>`max(last_seen, ${at})`,
          })),
        )
        .execute();
    },

    async nodeReported(node, report, at) {
      await db
        .updateTable('node')
        .set({ report: JSON.stringify(report), last_seen: sql<number>`max(last_seen, ${at})` })
        .where('id', '=', node)
        .execute();
    },

    async nodes() {
      const rows = await db.selectFrom('node').selectAll().orderBy('id').execute();
      const views = [];
      for (const row of rows) views.push(await nodeView(row));
      return views;
    },

    async node(id) {
      const row = await db.selectFrom('node').selectAll().where('id', '=', id).executeTakeFirst();
      return row && (await nodeView(row));
    },

    async timeCorrections(node, limit) {
      const rows = await db
        .selectFrom('time_correction')
        .innerJoin('journal', 'journal.id', 'time_correction.journal')
        .select(['epoch', 'from_offset', 'to_offset', 'by', 'at', 'unknown'])
        .where('node', '=', node)
        .orderBy('at', 'desc')
        .orderBy('from_offset', 'desc')
        .limit(limit)
        .execute();
      return rows.map(({ epoch, from_offset: from, to_offset: to, by, at, unknown }) => ({
        ...{ epoch, from, to, at },
        ...(unknown === null ? { by } : { by: null, unknown: unknown as TimeUnknown }),
      }));
    },

    async devices({ text, type, node, after, limit }) {
      const matches = db
        .selectFrom('device')
        .$if(text !== undefined, (query) =>
          query.where((eb) => eb.or([like(eb.ref('id'), text!), like(eb.ref('name'), text!)])),
        )
        .$if(type !== undefined, (query) => query.where('type', '=', type!))
        .$if(node !== undefined, (query) => query.where('node', '=', node!));
      const { total } = await matches.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
      const page = matches
        .select('id')
        .$if(after !== undefined, (query) => query.where('id', '>', after!))
        .orderBy('id')
        .limit(limit);
      const rows = await devices().where('id', 'in', page).orderBy('id').execute();
      return { devices: rows.map(deviceView), total };
    },

    async device(id) {
      const row = await devices().where('id', '=', id).executeTakeFirst();
      return row && deviceView(row);
    },
  };
}

/** Whether the column holds the text anywhere, in any case; `%` and `_` in it mean themselves. */
const like = (column: unknown, text: string) =>
  sql<boolean>`${column} like ${`%${text.replace(/[%_\\]/g, '\\$&')}%`} escape '\\'`;

const deviceView = (row: Selectable<DeviceRow> & { alerts_active: number | null }): DeviceView => ({
  id: row.id,
  node: row.node,
  name: row.name,
  type: row.type,
  firstSeen: row.first_seen,
  lastSeen: row.last_seen,
  online: row.online === 1,
  readingsTotal: row.readings_total,
  alertsActive: row.alerts_active ?? 0,
  latest: JSON.parse(row.latest),
  latestAt: row.latest_at,
});
