import type { Compilable, Kysely } from 'kysely';
import type { BulkQuery } from './dialect.ts';
import type { Tables } from './tables.ts';

/** A statement compiled once, to be run for many lists of parameters; they stand in the order of its placeholders. */
export interface Bulk<Row> {
  run(db: Kysely<Tables>, runs: readonly (readonly unknown[])[]): Promise<readonly Row[]>;
}

/**
 * Compiles a query whose values are stand-ins. Building a query costs ten times what SQLite needs for it, and a step of
 * the projections runs thousands.
 */
export function bulk<Row>(query: Compilable<Row>): Bulk<Row> {
  const compiled = query.compile();
  return {
    async run(db, runs) {
      if (runs.length === 0) return [];
      const many: BulkQuery = { ...compiled, runs };
      return (await db.executeQuery<Row>(many)).rows;
    },
  };
}
