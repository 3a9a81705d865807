import type { Journal } from '@selvedge/journal';
import { backoff, type Clock, describeFailure, type Log, millis, type Random, seconds } from '@selvedge/kernel';
import { classOf, encodeRecord } from '@selvedge/protocol';
import type { WrittenRecord } from '../../ports.ts';

/** Derived records, written in order, however often it takes. */
export interface Writer {
  /** `durable` runs once all of them are durable. Beyond the bound they are refused: gives false. */
  write(records: readonly WrittenRecord[], durable: () => void): boolean;
  /** Nothing waits to become durable. */
  readonly idle: boolean;
  /** The disk has refused, and what is written waits outside the journal until it is tried again. */
  readonly resting: boolean;
  /** Runs each time it becomes idle. */
  onIdle(listener: () => void): void;
}

interface Entry {
  readonly record: WrittenRecord;
  readonly durable: (() => void) | undefined;
}

/** Records that may wait while the disk refuses; about a minute of alerts of a site in trouble. */
const waitingMax = 10_000;

/**
 * What the node derives exists only in memory until it is journaled, so it is tried again while the disk refuses:
 * a full disk delays alerts and command states, it does not lose them.
 */
export function writer(
  journal: Journal,
  world: { clock: Clock; random: Random; log: Log },
  signal: AbortSignal,
): Writer {
  const queue: Entry[] = [];
  // Entries have running numbers: `settled` is the number of queue[0], those before `appended` are in line for a commit.
  let settled = 0;
  let appended = 0;
  let resting = false;
  let attempt = 0;
  const idleListeners: (() => void)[] = [];

  const rest = async (cause: unknown): Promise<void> => {
    if (resting) return;
    resting = true;
    world.log.warn('derived.delayed', { ...describeFailure(cause), waiting: queue.length, attempt });
    const wait = backoff(world.random, attempt++, { min: millis(50), max: seconds(5) });
    await world.clock.sleep(wait, signal).catch(() => undefined);
    resting = false;
    if (!signal.aborted) flush();
  };

  const settleTo = (target: number): void => {
    if (target <= settled) return;
    attempt = 0;
    const done = queue.splice(0, target - settled);
    settled = target;
    for (const entry of done) entry.durable?.();
    if (queue.length === 0) for (const listener of idleListeners) listener();
  };

  function flush(): void {
    let refusal: unknown;
    const from = appended;
    while (refusal === undefined && appended - settled < queue.length) {
      const { record } = queue[appended - settled]!;
      try {
        if (record.kind === 'reading') journal.append(record.klass, record.body);
        else journal.append(classOf(record.kind), encodeRecord(record.kind, record.body));
        appended += 1;
      } catch (cause) {
        refusal = cause;
      }
    }
    const target = appended;
    if (target > from)
      journal.commit().then(
        () => settleTo(target),
        (cause: unknown) => {
          // A refused commit takes back all that was in line, whichever commit it was meant for.
          appended = settled;
          void rest(cause);
        },
      );
    if (refusal !== undefined) void rest(refusal);
  }

  return {
    write(records, durable) {
      if (queue.length + records.length > waitingMax) return false;
      for (const [index, record] of records.entries())
        queue.push({ record, durable: index === records.length - 1 ? durable : undefined });
      if (!resting) flush();
      return true;
    },
    get idle() {
      return queue.length === 0;
    },
    get resting() {
      return resting;
    },
    onIdle: (listener) => void idleListeners.push(listener),
  };
}
