import { copyFileSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { chunkColumns } from '../src/adapters/sql/chunk-columns.ts';
import { chunks } from '../src/adapters/sql/chunks.ts';
import type { ReadingRow } from '../src/engines/telemetry/reading-row.ts';
import { summarize } from '../src/engines/telemetry/summary.ts';

/** A hand behind the store's back: a second connection to its file. */
export interface Tamper {
  run(statement: string, ...values: readonly SQLInputValue[]): void;
  one(statement: string, ...values: readonly SQLInputValue[]): Record<string, SQLInputValue>;
  /** Opens the first chunk of a device, lets `change` have its rows, and writes them back with a summary that fits. */
  rewriteChunk(device: string, change: (rows: ReadingRow[]) => readonly ReadingRow[]): void;
}

export function tamper(path: string, work: (hand: Tamper) => void): void {
  const database = new DatabaseSync(path, { timeout: 5_000 });
  const opener = chunks();
  const hand: Tamper = {
    run: (statement, ...values) => void database.prepare(statement).run(...values),
    one: (statement, ...values) => database.prepare(statement).get(...values) as Record<string, SQLInputValue>,
    rewriteChunk(device, change) {
      const found = hand.one(
        'select chunk.id, body from chunk join device on number = device where device.id = ? order by chunk.id',
        device,
      );
      const rows = opener.chunk(device, found['body'] as Uint8Array);
      if (!rows.ok) throw new Error(rows.why);
      const changed = change(rows.value);
      const columns: Record<string, SQLInputValue> = {
        ...chunkColumns(summarize(changed)),
        body: opener.codec.encode(changed),
      };
      const assignments = Object.keys(columns).map((name) => `${name} = ?`);
      hand.run(`update chunk set ${assignments.join(', ')} where id = ?`, ...Object.values(columns), found['id']!);
    },
  };
  try {
    work(hand);
  } finally {
    database.close();
  }
}

/** Copies a database that nobody has open. */
export const copyDatabase = (from: string, to: string): void => copyFileSync(from, to);
