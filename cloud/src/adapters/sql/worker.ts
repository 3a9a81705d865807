import { MessageChannel, parentPort, workerData } from 'node:worker_threads';
import type { Kysely } from 'kysely';
import { type Core, core } from './core.ts';
import { openDatabase } from './database.ts';
import { storeFaults } from './faults.ts';
import type { Tables } from './tables.ts';
import { type Answer, describeFault, type Order, type WorkerOptions } from './worker-message.ts';

/**
 * The thread that works on a database: it opens the file, answers calls, and ends when it is told to. SQLite works
 * synchronously, so a thread of its own keeps the disk from stopping the links.
 */
const { path, readOnly } = workerData as WorkerOptions;
const port = parentPort!;
const turn = new MessageChannel();
const databases: Kysely<Tables>[] = [];
let served: Core | undefined;

port.on('message', (order: Order) => {
  if (order.kind === 'end') void end();
  else void handle(order);
});

async function handle(order: Exclude<Order, { kind: 'end' }>): Promise<void> {
  let answer: Answer;
  try {
    answer = { id: order.id, value: order.kind === 'open' ? open() : await call(order) };
  } catch (cause) {
    answer = { id: order.id, failure: describeFault(cause) };
  }
  port.postMessage(answer);
}

function open(): void {
  const connect = (): Kysely<Tables> => {
    const db = openDatabase(path, { readOnly });
    databases.push(db);
    return db;
  };
  const db = connect();
  served = core({ db, auditDb: readOnly ? connect() : db, pause });
}

function call({ part, method, arguments: given }: Extract<Order, { kind: 'call' }>): unknown {
  if (!served) throw storeFaults('STORE_CLOSED', 'the database is not open');
  const methods = served[part as keyof Core] as unknown as Readonly<Record<string, (...given: unknown[]) => unknown>>;
  return methods[method]!(...given);
}

async function end(): Promise<void> {
  served = undefined;
  for (const db of databases) await db.destroy();
  turn.port1.close();
  port.close();
}

/** A message to ourselves comes after the calls that are waiting already. */
function pause(): Promise<void> {
  return new Promise((resolve) => {
    turn.port1.once('message', () => resolve());
    turn.port2.postMessage(undefined);
  });
}
