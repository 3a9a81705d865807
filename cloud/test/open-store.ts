import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Clock, type Log, logTo, type Service, seededEntropy } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import { sqliteStore } from '../src/adapters/sql/store.ts';
import { intake } from '../src/engines/ingest/intake.ts';
import type { FeedEvent, ShippedBatch, Store, Taken } from '../src/ports.ts';

/** A clock whose time stands where a test puts it; `soon` is real, and `sleep` waits for `wake`. */
export interface StillClock extends Clock {
  time: number;
  /** Lengths of the sleeps under way. */
  readonly sleeping: readonly number[];
  wake(): void;
}

export function stillClock(time = Date.UTC(2026, 2, 1, 12)): StillClock {
  const sleepers = new Map<() => void, number>();
  return {
    time,
    wall() {
      return this.time;
    },
    ticks() {
      return this.time;
    },
    soon: (task) => systemClock.soon(task),
    sleep: (wait, signal) =>
      new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        sleepers.set(resolve, wait);
      }),
    get sleeping() {
      return [...sleepers.values()];
    },
    wake() {
      for (const [resolve] of sleepers) resolve();
      sleepers.clear();
    },
  };
}

export interface OpenStore {
  readonly store: Store & Service;
  readonly clock: StillClock;
  /** What was announced so far. */
  readonly events: FeedEvent[];
  /** Names of the log lines so far, of those before `reopen` too. */
  readonly lines: string[];
  /** Ships batches as a link does, one after the other, and lets the consumers catch up. */
  ship(...batches: readonly ShippedBatch[]): Promise<readonly Taken[]>;
  /** Ends this store and opens the same database again. */
  reopen(): Promise<OpenStore>;
}

/** Which form of the store a test runs on. */
export interface StoreForm {
  readonly path: string;
  readonly worker: boolean;
}

/** Opens a store and ends it with the test. */
export async function openStore(
  t: TestContext,
  form: StoreForm,
  clock = stillClock(),
  lines: string[] = [],
): Promise<OpenStore> {
  const events: FeedEvent[] = [];
  const log: Log = logTo((_, event) => void lines.push(event), 'debug');
  const world = {
    clock,
    log,
    entropy: seededEntropy(7),
    feed: { publish: (event: FeedEvent) => void events.push(event) },
  };
  const store = sqliteStore(form, world);
  await store.start(new AbortController().signal);
  t.after(() => store.stop());
  const take = intake({ log: store.log });
  return {
    store,
    clock,
    events,
    lines,
    async ship(...batches) {
      const taken: Taken[] = [];
      for (const batch of batches) taken.push(await take.take(batch));
      await store.projections.catchUp();
      return taken;
    },
    async reopen() {
      await store.stop();
      return openStore(t, form, clock, lines);
    },
  };
}

/** A path for a database that goes with the test. */
export function scratchPath(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'selvedge-store-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, 'cloud.db');
}
