import { Worker } from 'node:worker_threads';
import type { Log } from '@selvedge/kernel';
import { storeFaults } from './faults.ts';
import { type Answer, type Order, revive, type WorkerOptions } from './worker-message.ts';

/** Calls that may wait for one worker; beyond it they are refused as STORE_BUSY. */
const waitingMax = 10_000;

export type CallWorker = (part: string, method: string, given: readonly unknown[]) => Promise<unknown>;

/** The thread's program: beside us as a source in the clone, as JavaScript in a package. */
const entry = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js';

/** A thread that works on the database, seen from outside. */
export interface StoreWorker {
  /** Settles when the database is open; rejects with the fault that it met. */
  open(): Promise<void>;
  /** Rejects with the fault of the call, STORE_BUSY, STORE_WORKER_ENDED or STORE_CLOSED. */
  readonly call: CallWorker;
  /** Closes the database after the calls before this one; settles when the thread has ended. */
  end(): Promise<void>;
}

export function spawnWorker(name: string, options: WorkerOptions, log: Log): StoreWorker {
  const worker = new Worker(new URL(entry, import.meta.url), { workerData: options, name });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const gone = Promise.withResolvers<void>();
  let lastId = 0;
  let ended: Error | undefined;

  const finish = (why: Error): void => {
    ended ??= why;
    for (const one of waiting.values()) one.reject(ended);
    waiting.clear();
  };
  worker.on('message', (message: Answer) => {
    const one = waiting.get(message.id);
    waiting.delete(message.id);
    if ('failure' in message) one?.reject(revive(message.failure));
    else one?.resolve(message.value);
  });
  worker.on('error', (cause) => {
    log.error('store-worker.failed', { worker: name, message: cause.message });
    finish(storeFaults('STORE_WORKER_ENDED', `the ${name} thread failed: ${cause.message}`, { worker: name }, cause));
  });
  worker.on('exit', () => {
    finish(storeFaults('STORE_CLOSED', `the ${name} thread has ended`, { worker: name }));
    gone.resolve();
  });

  const order = (build: (id: number) => Order): Promise<unknown> => {
    if (ended) return Promise.reject(ended);
    if (waiting.size >= waitingMax) {
      const facts = { worker: name, waiting: waiting.size };
      return Promise.reject(storeFaults('STORE_BUSY', `${waiting.size} calls wait for the ${name} thread`, facts));
    }
    const answer = Promise.withResolvers<unknown>();
    const id = ++lastId;
    waiting.set(id, answer);
    worker.postMessage(build(id));
    return answer.promise;
  };

  return {
    async open() {
      await order((id) => ({ kind: 'open', id }));
    },
    call: (part, method, given) => order((id) => ({ kind: 'call', id, part, method, arguments: given.map(compact) })),
    async end() {
      worker.postMessage({ kind: 'end' } satisfies Order);
      await gone.promise;
    },
  };
}

/**
 * Copies views of larger buffers: handing over a view hands over a copy of all that it looks into, and a batch is cut
 * out of what the socket read.
 */
function compact(value: unknown): unknown {
  if (value instanceof Uint8Array) return value.byteLength === value.buffer.byteLength ? value : new Uint8Array(value);
  if (Array.isArray(value)) return value.map(compact);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, compact(one)]));
}
