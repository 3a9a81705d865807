import type { Severity } from '@selvedge/protocol';
import type { Kysely } from 'kysely';
import { acknowledgeAlert, clearAlert } from '../../engines/alerts/fold-alert.ts';
import type { AlertState, AlertView } from '../../ports.ts';
import type { AlertRow, Tables } from './tables.ts';

/** What a change did: the view after it, and whether it is another than before. */
export interface Changed<View> {
  readonly view: View;
  readonly changed: boolean;
}

export interface AlertTable {
  list(filter: { state?: AlertState; device?: string; limit: number }): Promise<readonly AlertView[]>;
  find(id: string): Promise<AlertView | undefined>;
  acknowledge(id: string, by: string, at: number): Promise<Changed<AlertView> | undefined>;
  clear(id: string, by: string, at: number): Promise<Changed<AlertView> | undefined>;
}

export function alertTable(db: Kysely<Tables>): AlertTable {
  const find = async (on: Kysely<Tables>, id: string): Promise<AlertView | undefined> => {
    const row = await on.selectFrom('alert').selectAll().where('id', '=', id).executeTakeFirst();
    return row && alertView(row);
  };

  const change = (id: string, step: (alert: AlertView) => AlertView, clearedBy?: string) =>
    db.transaction().execute(async (trx): Promise<Changed<AlertView> | undefined> => {
      const before = await find(trx, id);
      if (!before) return undefined;
      const view = step(before);
      if (view === before) return { view, changed: false };
      await trx
        .updateTable('alert')
        .set({
          state: view.state,
          acknowledged_at: view.acknowledgedAt,
          acknowledged_by: view.acknowledgedBy,
          cleared_at: view.clearedAt,
          cleared_by: clearedBy ?? null,
        })
        .where('id', '=', id)
        .execute();
      return { view, changed: true };
    });

  return {
    async list({ state, device, limit }) {
      const rows = await db
        .selectFrom('alert')
        .selectAll()
        .$if(state !== undefined, (query) => query.where('state', '=', state!))
        .$if(device !== undefined, (query) => query.where('device', '=', device!))
        .orderBy('last_at', 'desc')
        .orderBy('id')
        .limit(limit)
        .execute();
      return rows.map(alertView);
    },
    find: (id) => find(db, id),
    acknowledge: (id, by, at) => change(id, (alert) => acknowledgeAlert(alert, by, at)),
    clear: (id, by, at) => change(id, (alert) => clearAlert(alert, at), by),
  };
}

export const alertView = (row: AlertRow): AlertView => ({
  id: row.id,
  node: row.node,
  device: row.device,
  rule: row.rule,
  type: row.type,
  severity: row.severity as Severity,
  metric: row.metric,
  value: row.value,
  score: row.score,
  message: row.message,
  state: row.state as AlertState,
  count: row.count,
  raisedAt: row.raised_at,
  lastAt: row.last_at,
  acknowledgedAt: row.acknowledged_at,
  acknowledgedBy: row.acknowledged_by,
  clearedAt: row.cleared_at,
  data: JSON.parse(row.data),
});

export const alertRow = (view: AlertView): AlertRow => ({
  id: view.id,
  node: view.node,
  device: view.device,
  rule: view.rule,
  type: view.type,
  severity: view.severity,
  metric: view.metric,
  value: view.value,
  score: view.score,
  message: view.message,
  state: view.state,
  count: view.count,
  raised_at: view.raisedAt,
  last_at: view.lastAt,
  acknowledged_at: view.acknowledgedAt,
  acknowledged_by: view.acknowledgedBy,
  cleared_at: view.clearedAt,
  cleared_by: null,
  data: JSON.stringify(view.data),
});
