import type { Alert } from '@selvedge/protocol';
import type { Kysely } from 'kysely';
import type { AlertView } from '../../ports.ts';
import { alertsWriter } from './project/alerts.ts';
import type { Tables } from './tables.ts';

/** Raises an alert that comes from no journal; gives it unless one of its id was raised before. */
export function alertRaiser(db: Kysely<Tables>): (alert: Alert, node: string) => Promise<AlertView | undefined> {
  const writer = alertsWriter(db);
  return (body, node) =>
    db.transaction().execute(async (trx) => {
      const place = { journal: 0, node, offset: 0, appendedAt: body.raisedAt };
      const [raised] = await writer.fold(trx, [{ ...place, body }], body.raisedAt);
      return raised;
    });
}
