import { type Core, core } from './core.ts';
import { openDatabase } from './database.ts';

/** Where the database is worked on. Writing goes through one of the two, reading through the other; they may be one. */
export interface Host {
  readonly writer: Core;
  readonly reader: Core;
  close(): Promise<void>;
}

/** Works in this thread, on one connection and in microtasks only: for tests and simulations. */
export function directHost(path: string): Host {
  const db = openDatabase(path, { readOnly: false });
  const both = core({ db, auditDb: db, pause: () => Promise.resolve() });
  return { writer: both, reader: both, close: () => db.destroy() };
}
