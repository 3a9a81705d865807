import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  type TransactionSettings,
} from 'kysely';
import { storeFault } from './faults.ts';

/** A compiled query that runs once for each list of parameters; the rows of all runs come back as one list. */
export interface BulkQuery extends CompiledQuery {
  readonly runs: readonly (readonly unknown[])[];
}

/**
 * Kysely's dialect for `node:sqlite`. One connection, which Kysely lends to one caller at a time; statements are prepared
 * once. Everything settles in microtasks, so a simulation repeats itself exactly.
 */
export function nodeSqlite(database: DatabaseSync): Dialect {
  const connection = sqliteConnection(database);
  return {
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createDriver: () => ({
      init: async () => undefined,
      acquireConnection: async () => connection,
      releaseConnection: async () => undefined,
      // A writer that began as a reader could find the database changed in between; taking the lock first cannot fail late.
      beginTransaction: async (_, settings: TransactionSettings) =>
        execute(database, settings.accessMode === 'read only' ? 'begin' : 'begin immediate'),
      commitTransaction: async () => execute(database, 'commit'),
      // SQLite has rolled back by itself after some failures, such as a full disk.
      rollbackTransaction: async () => (database.isTransaction ? execute(database, 'rollback') : undefined),
      destroy: async () => database.close(),
    }),
  };
}

function execute(database: DatabaseSync, statement: string): void {
  try {
    database.exec(statement);
  } catch (cause) {
    throw storeFault(cause);
  }
}

interface Prepared {
  readonly statement: StatementSync;
  readonly reads: boolean;
}

/** Statements kept prepared; queries with lists of many lengths would otherwise fill the memory. */
const preparedMax = 400;

function sqliteConnection(database: DatabaseSync): DatabaseConnection {
  const prepared = new Map<string, Prepared>();

  const prepare = (sql: string): Prepared => {
    const known = prepared.get(sql);
    if (known) return known;
    if (prepared.size === preparedMax) prepared.clear();
    const statement = database.prepare(sql);
    const one = { statement, reads: statement.columns().length > 0 };
    prepared.set(sql, one);
    return one;
  };

  const run = (query: CompiledQuery): QueryResult<unknown> => {
    const { statement, reads } = prepare(query.sql);
    const runs = (query as Partial<BulkQuery>).runs ?? [query.parameters];
    if (reads) return { rows: runs.flatMap((parameters) => statement.all(...(parameters as SQLInputValue[]))) };
    let changed = 0;
    for (const parameters of runs) changed += Number(statement.run(...(parameters as SQLInputValue[])).changes);
    return { rows: [], numAffectedRows: BigInt(changed) };
  };

  return {
    async executeQuery<Row>(query: CompiledQuery) {
      try {
        return run(query) as QueryResult<Row>;
      } catch (cause) {
        throw storeFault(cause);
      }
    },
    async *streamQuery<Row>(query: CompiledQuery) {
      try {
        const { statement } = prepare(query.sql);
        for (const row of statement.iterate(...(query.parameters as SQLInputValue[]))) yield { rows: [row as Row] };
      } catch (cause) {
        throw storeFault(cause);
      }
    },
  };
}
