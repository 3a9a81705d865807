import { DatabaseSync } from 'node:sqlite';
import { storeFault, storeFaults } from './faults.ts';
import { migrations } from './migrations.ts';
import { waysBack } from './migrations-back.ts';

/** `SLVG` in ASCII: tells our databases from those of other programs. */
const applicationId = 0x53_4c_56_47;

/** The format of a database, and the newest that this program knows. */
export interface StoreFormat {
  readonly format: number;
  readonly newest: number;
}

/** What a way back costs, each with its number, such as `3 twins`. */
export interface StoreFormatPrice {
  readonly loses: readonly string[];
  readonly bars: readonly string[];
}

/** The format of a database, which is only looked at. Throws STORE_FOREIGN, STORE_NEWER and what `storeFault` knows. */
export const storeFormat = (path: string): StoreFormat =>
  withDatabase(path, true, (database) => ({ format: formatOf(database, path), newest: migrations.length }));

/** What it would cost to bring the database to an older format; nothing for a newer one. */
export const storeFormatPrice = (path: string, to: number): StoreFormatPrice =>
  withDatabase(path, true, (database) => priceOf(database, formatOf(database, path), to));

/**
 * Brings a database that nobody has open to another format, in one transaction. Throws STORE_FORMAT_UNKNOWN;
 * STORE_FORMAT_BARRED where the older format cannot live with what is there; STORE_FORMAT_LOSES where `lose` is false and
 * something goes.
 */
export function changeStoreFormat(path: string, to: number, options: { readonly lose: boolean }): void {
  if (!Number.isInteger(to) || to < 1 || to > migrations.length)
    throw storeFaults(
      'STORE_FORMAT_UNKNOWN',
      `there is no format ${to}; this program knows 1 to ${migrations.length}`,
      {
        to,
      },
    );
  withDatabase(path, false, (database) => {
    const from = formatOf(database, path);
    const { loses, bars } = priceOf(database, from, to);
    const facts = { path, from, to, loses, bars };
    const what = `format ${to} of ${path} has no place for`;
    if (bars.length > 0) throw storeFaults('STORE_FORMAT_BARRED', `${what} ${bars.join(', ')}`, facts);
    if (loses.length > 0 && !options.lose)
      throw storeFaults('STORE_FORMAT_LOSES', `${what} ${loses.join(', ')}`, facts);
    stepTo(database, from, to);
  });
}

/**
 * Brings an open database forward to the newest format; one without a table is given them all. Throws STORE_FOREIGN and
 * STORE_NEWER.
 */
export function bringForward(database: DatabaseSync, path: string): void {
  const isEmpty = pragma(database, 'schema_version') === 0;
  // Of 16 KiB pages three chunks fill one and leave little over; of 8 KiB one would leave half. Pages that retention frees
  // can be given back to the disk. Both are set before the first table.
  if (isEmpty) database.exec('pragma page_size = 16384; pragma auto_vacuum = incremental');
  stepTo(database, isEmpty ? 0 : formatOf(database, path), migrations.length);
}

/** Rewrites a database that nobody has open without its free pages, so that from now on they can be given back. */
export function compactStore(path: string): void {
  withDatabase(path, false, (database) => {
    formatOf(database, path);
    // The mode changes only outside of write-ahead logging.
    database.exec('pragma journal_mode = delete; pragma auto_vacuum = incremental; vacuum; pragma journal_mode = wal');
  });
}

function stepTo(database: DatabaseSync, from: number, to: number): void {
  if (from === to) return;
  const forward = migrations.slice(from, to);
  const back = waysBack.slice(to - 1, Math.max(to - 1, from - 1)).map(({ statements }) => statements);
  database.exec('begin immediate');
  try {
    for (const statements of to > from ? forward : back.reverse()) database.exec(statements);
    database.exec(`pragma application_id = ${applicationId}; pragma user_version = ${to}; commit`);
  } catch (cause) {
    if (database.isTransaction) database.exec('rollback');
    throw cause;
  }
}

function priceOf(database: DatabaseSync, from: number, to: number): StoreFormatPrice {
  const steps = to < from ? waysBack.slice(to - 1, from - 1) : [];
  const count = (query: string): number => Number(Object.values(database.prepare(query).get() ?? {})[0]);
  const some = (rows: WayBackRows): readonly string[] =>
    (rows ?? []).flatMap(([query, what]) => (count(query) > 0 ? [`${count(query)} ${what}`] : []));
  return { loses: steps.flatMap(({ loses }) => some(loses)), bars: steps.flatMap(({ bars }) => some(bars)) };
}

type WayBackRows = (typeof waysBack)[number]['loses'];

function formatOf(database: DatabaseSync, path: string): number {
  if (pragma(database, 'application_id') !== applicationId)
    throw storeFaults('STORE_FOREIGN', `${path} is no database of a Selvedge cloud`, { path });
  const version = pragma(database, 'user_version');
  if (version <= migrations.length) return version;
  const facts = { path, version, known: migrations.length };
  throw storeFaults(
    'STORE_NEWER',
    `${path} has format ${version}, this program knows up to ${migrations.length}`,
    facts,
  );
}

const pragma = (database: DatabaseSync, name: string): number =>
  Number(Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0]);

function withDatabase<Value>(path: string, readOnly: boolean, work: (database: DatabaseSync) => Value): Value {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly, timeout: 1_000 });
    return work(database);
  } catch (cause) {
    throw storeFault(cause);
  } finally {
    database?.close();
  }
}
