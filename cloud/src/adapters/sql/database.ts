import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { nodeSqlite } from './dialect.ts';
import { storeFault } from './faults.ts';
import { bringForward } from './migrate.ts';
import type { Tables } from './tables.ts';

/** Milliseconds to wait for a lock. We have one writer, so only a foreign program makes us wait. */
const busyTimeout = 1_000;

/**
 * Opens the database, created and brought to our format if need be. A commit is on the disk when it returns
 * (`synchronous=FULL`). Throws STORE_NEWER, STORE_FOREIGN and what `storeFault` knows.
 */
export function openDatabase(path: string, options: { readonly readOnly: boolean }): Kysely<Tables> {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: options.readOnly, timeout: busyTimeout });
    database.exec('pragma foreign_keys = on; pragma temp_store = memory; pragma cache_size = -65536');
    if (!options.readOnly) {
      bringForward(database, path);
      // Checkpoints by 16 MiB: rows that change every second are then written back to the file less often.
      // A long audit lets the write-ahead file grow; afterwards it is cut back to 64 MiB.
      database.exec('pragma journal_mode = wal; pragma synchronous = full');
      database.exec('pragma wal_autocheckpoint = 1024; pragma journal_size_limit = 67108864');
    }
    return new Kysely<Tables>({ dialect: nodeSqlite(database) });
  } catch (cause) {
    database?.close();
    throw storeFault(cause);
  }
}
