import { DatabaseSync } from 'node:sqlite';
import type { CloudWorld, StoreAudit } from '../../ports.ts';
import { storeFault } from './faults.ts';
import { sqliteStore } from './store.ts';

/**
 * Writes what the database holds at this moment to the new file `to`, also while a cloud writes to it: readers see one
 * moment, and nobody waits. It blocks this thread for as long as it takes to read the file. Throws what `storeFault` knows.
 */
export function copyStore(from: string, to: string): void {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(from, { readOnly: true, timeout: 5_000 });
    database.prepare('vacuum into ?').run(to);
  } catch (cause) {
    throw storeFault(cause);
  } finally {
    database?.close();
  }
}

/** Whether another process has the database open. */
export function isInUse(path: string): boolean {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    // Whoever has the file open holds a shared lock on it, so nobody else gets it for itself alone.
    database.exec('pragma locking_mode = exclusive');
    database.prepare('select count(*) from sqlite_schema').get();
    return false;
  } catch (cause) {
    if ((cause as { errcode?: number }).errcode === 5) return true;
    throw storeFault(cause);
  } finally {
    database.close();
  }
}

/** Opens a database that no cloud has open, lets its consumers catch up, and recomputes each journal in it from its rows. */
export async function auditCopy(path: string, world: CloudWorld): Promise<readonly StoreAudit[]> {
  const store = sqliteStore({ path, worker: false }, { ...world, feed: { publish: () => undefined } });
  await store.start(new AbortController().signal);
  try {
    await store.projections.catchUp();
    const found: StoreAudit[] = [];
    for (const { node, epoch } of await store.auditor.journals()) found.push(await store.auditor.store(node, epoch));
    return found;
  } finally {
    await store.stop();
  }
}
