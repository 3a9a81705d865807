import { type Kysely, sql } from 'kysely';
import type { KeptKind, PrunedTurn, PruneWish } from '../../../ports.ts';
import type { Tables } from '../tables.ts';

/** Kinds that are rows of their own, of which no account is kept. */
export type SmallKind = Exclude<KeptKind, 'log' | 'telemetry'>;

/** By kind: its tables, and for each which rows are done with and since when. */
const kinds: Readonly<
  Record<
    SmallKind,
    readonly { readonly table: keyof Tables; readonly key: string; readonly at: string; readonly done: string }[]
  >
> = {
  alerts: [
    { table: 'alert', key: 'id', at: 'cleared_at', done: 'cleared_at is not null' },
    // By those of the last day it is known that an alert has come before.
    { table: 'occurrence', key: 'id', at: 'at', done: 'at < (select max(at) from occurrence) - 86400000' },
  ],
  commands: [{ table: 'command', key: 'id', at: 'ended_at', done: 'ended_at is not null' }],
  statistics: [{ table: 'statistic', key: 'device, window_to, window_from', at: 'window_to', done: 'true' }],
  quarantine: [{ table: 'quarantined', key: 'id', at: 'received_at', done: 'true' }],
  setAside: [
    {
      table: 'aside',
      key: 'id',
      at: 'at',
      // A whole batch counts as acknowledged; once the log has gone beyond it, it does so without this row.
      done: `whole = 0 or first_offset + count <= coalesce(
        (select log_to from pruned where pruned.journal = aside.journal), 0)`,
    },
  ],
  notes: [
    { table: 'gap', key: 'journal, offset', at: 'at', done: 'true' },
    { table: 'time_correction', key: 'journal, from_offset', at: 'at', done: 'true' },
  ],
};

const rowsMax = 500;

/** Takes the oldest rows of a kind away in one transaction. */
export function takeSmall(
  db: Kysely<Tables>,
  { kind, before = 1e15 }: PruneWish & { kind: SmallKind },
): Promise<PrunedTurn> {
  return db.transaction().execute(async (trx) => {
    let rows = 0;
    for (const { table, key, at, done } of kinds[kind]) {
      const [name, keys, age, isDone] = [sql.table(table), sql.raw(key), sql.ref(at), sql.raw(done)];
      const oldest = sql`select ${keys} from ${name} where (${isDone}) and ${age} < ${before} order by ${age} limit ${rowsMax}`;
      const { numAffectedRows } = await sql`delete from ${name} where (${keys}) in (${oldest})`.execute(trx);
      rows += Number(numAffectedRows ?? 0);
    }
    return { rows, readings: 0, bytes: 0 };
  });
}

/** Bytes of the pages of a kind, with its indexes. */
export async function smallBytes(db: Kysely<Tables>, kind: SmallKind): Promise<number> {
  let bytes = 0;
  for (const { table } of kinds[kind]) {
    const { rows } = await sql<{ bytes: number | null }>`
      select sum(pgsize) as bytes from dbstat
      where aggregate = true and name in (select name from sqlite_schema where tbl_name = ${table})`.execute(db);
    bytes += rows[0]?.bytes ?? 0;
  }
  return bytes;
}
