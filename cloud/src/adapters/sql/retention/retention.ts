import { type Kysely, sql } from 'kysely';
import type { DatabaseUse, KeptKind, PrunedTurn, PruneWish } from '../../../ports.ts';
import type { Tables } from '../tables.ts';
import { type AccountWorld, accountLog, type LogAccount } from './account-log.ts';
import { accountTelemetry, type TelemetryAccount } from './account-telemetry.ts';
import { type SmallKind, smallBytes, takeSmall } from './small.ts';
import { takeLog } from './take-log.ts';
import { takeTelemetry } from './take-telemetry.ts';

/** Retention beside the database: accounts are read beside the writer, which then only has to take away. */
export interface RetentionTable {
  use(): Promise<DatabaseUse>;
  bytesOf(kind: KeptKind): Promise<number>;
  accountLog(before?: number): Promise<LogAccount | undefined>;
  accountTelemetry(before?: number): Promise<TelemetryAccount | undefined>;
  takeLog(account: LogAccount, wish: PruneWish): Promise<boolean>;
  takeTelemetry(account: TelemetryAccount, wish: PruneWish): Promise<boolean>;
  takeSmall(wish: PruneWish & { kind: SmallKind }): Promise<PrunedTurn>;
  giveBack(): Promise<number>;
}

/** Free pages that are kept for what comes next, and how many a turn gives back. */
const freePages = { kept: 256, turn: 256 };
const pageRows = 4_096;

export function retentionTable(db: Kysely<Tables>, account: AccountWorld): RetentionTable {
  /** One snapshot for all that an account reads. */
  const snapshot = <Value>(look: (world: AccountWorld) => Promise<Value>): Promise<Value> =>
    account.db
      .transaction()
      .setAccessMode('read only')
      .execute((trx) => look({ ...account, db: trx }));
  return {
    async use() {
      const [size, count, free] = [await pragma(db, 'page_size'), await pragma(db, 'page_count'), await freeOf(db)];
      return { fileBytes: size * count, usedBytes: size * (count - free) };
    },
    bytesOf(kind) {
      if (kind === 'log') return bodyBytes(account, 'log', 'sequence');
      return kind === 'telemetry' ? bodyBytes(account, 'chunk', 'id') : smallBytes(account.db, kind);
    },
    accountLog: (before) => snapshot((world) => accountLog(world, before)),
    accountTelemetry: (before) => snapshot((world) => accountTelemetry(world, before)),
    takeLog: (found, wish) => takeLog(db, found, wish),
    takeTelemetry: (found, wish) => takeTelemetry(db, found, wish),
    takeSmall: (wish) => takeSmall(db, wish),
    async giveBack() {
      const free = await freeOf(db);
      const [isIncremental, pages] = [
        (await pragma(db, 'auto_vacuum')) === 2,
        Math.min(freePages.turn, free - freePages.kept),
      ];
      if (!isIncremental || pages <= 0) return 0;
      // Run as a statement it gives back one page, whatever it is asked for.
      await db.transaction().execute(async (trx) => {
        for (let page = 0; page < pages; page++) await sql.raw('pragma incremental_vacuum(1)').execute(trx);
      });
      return (free - (await freeOf(db))) * (await pragma(db, 'page_size'));
    },
  };
}

const freeOf = (db: Kysely<Tables>): Promise<number> => pragma(db, 'freelist_count');

async function pragma(db: Kysely<Tables>, name: string): Promise<number> {
  const { rows } = await sql.raw<Record<string, number>>(`pragma ${name}`).execute(db);
  return Number(Object.values(rows[0] ?? {})[0] ?? 0);
}

/** Bytes of bodies, with what a row of the table has besides; read piece by piece. */
async function bodyBytes({ db, pause }: AccountWorld, table: 'log' | 'chunk', key: 'sequence' | 'id'): Promise<number> {
  const rowBytes = 200;
  let bytes = 0;
  for (let after = 0, left = true; left; ) {
    const { rows } = await sql<{ last: number | null; count: number; bytes: number | null }>`
      select max(${sql.ref(key)}) as last, count(*) as count, sum(coalesce(length(body), 0)) as bytes
      from (select ${sql.ref(key)}, body from ${sql.table(table)} where ${sql.ref(key)} > ${after} order by ${sql.ref(key)} limit ${pageRows})`.execute(
      db,
    );
    const page = rows[0]!;
    bytes += (page.bytes ?? 0) + page.count * rowBytes;
    after = page.last ?? after;
    left = page.count === pageRows;
    await pause();
  }
  return bytes;
}
