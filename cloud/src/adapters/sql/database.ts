import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { nodeSqlite } from './dialect.ts';
import { storeFault, storeFaults } from './faults.ts';
import { migrations } from './migrations.ts';
import type { Tables } from './tables.ts';

/** Milliseconds to wait for a lock. We have one writer, so only a foreign program makes us wait. */
const busyTimeout = 1_000;

/** `SLVG` in ASCII: tells our databases from those of other programs. */
const applicationId = 0x53_4c_56_47;

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
      migrate(database, path);
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

function migrate(database: DatabaseSync, path: string): void {
  const version = pragma(database, 'user_version');
  const id = pragma(database, 'application_id');
  const isEmpty = pragma(database, 'schema_version') === 0;
  if (!isEmpty && id !== applicationId)
    throw storeFaults('STORE_FOREIGN', `${path} is no database of a Selvedge cloud`, { path });
  if (version > migrations.length) {
    const facts = { path, version, known: migrations.length };
    throw storeFaults(
      'STORE_NEWER',
      `${path} has format ${version}, this program knows up to ${migrations.length}`,
      facts,
    );
  }
  // Of 16 KiB pages three chunks fill one and leave little over; of 8 KiB one would leave half. Set before the first table.
  if (isEmpty) database.exec('pragma page_size = 16384');
  if (version === migrations.length) return;
  database.exec('begin immediate');
  try {
    for (const migration of migrations.slice(version)) database.exec(migration);
    database.exec(`pragma application_id = ${applicationId}; pragma user_version = ${migrations.length}; commit`);
  } catch (cause) {
    if (database.isTransaction) database.exec('rollback');
    throw cause;
  }
}

const pragma = (database: DatabaseSync, name: string): number =>
  Number(Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0]);
