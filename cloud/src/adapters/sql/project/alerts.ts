import type { Alert } from '@selvedge/protocol';
import { type Kysely, sql } from 'kysely';
import { foldAlert } from '../../../engines/alerts/fold-alert.ts';
import type { AlertView } from '../../../ports.ts';
import { alertRow, alertView } from '../alerts.ts';
import { bulk } from '../bulk.ts';
import type { Tables } from '../tables.ts';
import type { ArrivedRecord } from './gather.ts';

/** The alerts' part of a step; gives the alerts that were raised or grew. */
export interface AlertsWriter {
  fold(db: Kysely<Tables>, arrived: readonly ArrivedRecord<Alert>[], now: number): Promise<readonly AlertView[]>;
}

export function alertsWriter(db: Kysely<Tables>): AlertsWriter {
  const remember = bulk(
    db
      .insertInto('occurrence')
      .values({ id: '', at: 0 })
      .onConflict((conflict) => conflict.doNothing())
      .returning('id'),
  );
  const findOpen = bulk(
    db
      .selectFrom('alert')
      .selectAll()
      .where('device', '=', '')
      .where('rule', '=', '')
      .where('state', '<>', sql.lit('cleared')),
  );
  const { cleared_by: _, ...columns } = alertRow(
    foldAlert(
      undefined,
      {
        id: '',
        device: '',
        rule: '',
        type: '',
        severity: 'info',
        metric: '',
        value: 0,
        message: '',
        raisedAt: 0,
        data: {},
      },
      '',
    ),
  );
  const names = Object.keys(columns) as (keyof typeof columns)[];
  const write = bulk(
    db
      .insertInto('alert')
      .values(columns)
      .onConflict((conflict) =>
        conflict
          .column('id')
          .doUpdateSet((eb) => Object.fromEntries(names.map((name) => [name, eb.ref(`excluded.${name}`)]))),
      ),
  );

  return {
    async fold(on, arrived, now) {
      const fresh = new Set(
        (
          await remember.run(
            on,
            arrived.map((one) => [one.body.id, now]),
          )
        ).map((row) => row.id),
      );
      const isNew = ({ body }: ArrivedRecord<Alert>): boolean => fresh.delete(body.id);
      const counted = arrived.filter(isNew);
      const pairs = new Map(counted.map(({ body }) => [keyOf(body), [body.device, body.rule]]));
      const rows = await findOpen.run(on, [...pairs.values()]);
      const open = new Map(rows.map((row) => [keyOf(row), alertView(row)]));
      for (const { body, node } of counted) open.set(keyOf(body), foldAlert(open.get(keyOf(body)), body, node));
      const changed = [...pairs.keys()].map((key) => open.get(key)!);
      await write.run(
        on,
        changed.map((view) => {
          const row = alertRow(view);
          return names.map((name) => row[name]);
        }),
      );
      return changed;
    },
  };
}

/** No device id holds a `/`, so the two parts stay apart. */
const keyOf = ({ device, rule }: { readonly device: string; readonly rule: string }): string => `${device}/${rule}`;
