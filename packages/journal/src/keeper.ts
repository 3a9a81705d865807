import { type Clock, describeFailure, type Log, millis, seconds } from '@selvedge/kernel';
import type { State } from './format/state.ts';
import type { JournalMetrics } from './metrics.ts';
import type { StateFile } from './state-file.ts';

/** Makes the journal's state durable: some time after a change, or now. */
export interface Keeper {
  /** Tells that the state has changed; it is saved within `savePeriod`. */
  changed(): void;
  /** True if something has changed that is not durable yet. */
  readonly dirty: boolean;
  /** Settles when a state taken at or after this call is durable; rejects if the disk refuses. */
  save(): Promise<void>;
  /** Saves a last time, and nothing any more. */
  close(): Promise<void>;
}

export interface KeeperWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: JournalMetrics;
  readonly file: StateFile;
  state(): State;
  /** Settles when the records that are pending now are durable or refused: a cursor is never saved before them. */
  settled(): Promise<void>;
}

/** Long enough that a loaded node syncs its state 20 times a second, short enough that little is shipped twice. */
const savePeriod = millis(50);
/** How often it is tried while the disk refuses. */
const retryPeriod = seconds(1);

export function keeper(world: KeeperWorld): Keeper {
  const { clock, log } = world;
  let dirty = false;
  let timer: Promise<void> | undefined;
  let failing = false;
  let running: Promise<void> | undefined;
  let queued: Promise<void> | undefined;
  const life = new AbortController();

  const saveNow = async (): Promise<void> => {
    dirty = false;
    const state = world.state();
    try {
      await world.settled();
      await world.file.save(state);
    } catch (cause) {
      dirty = true;
      throw cause;
    }
    world.metrics.stateSaved.add(1);
    failing = false;
  };

  const save = (): Promise<void> => {
    if (!running) {
      running = saveNow().finally(() => {
        running = undefined;
      });
      return running;
    }
    queued ??= running
      .catch(() => undefined)
      .then(() => {
        queued = undefined;
        return save();
      });
    return queued;
  };

  const later = async (): Promise<void> => {
    try {
      await clock.sleep(failing ? retryPeriod : savePeriod, life.signal);
    } catch {
      return;
    }
    timer = undefined;
    try {
      if (dirty) await save();
    } catch (cause) {
      if (!failing) log.warn('journal.state_not_saved', describeFailure(cause));
      failing = true;
      schedule();
    }
  };

  const schedule = (): void => {
    if (!life.signal.aborted) timer ??= later();
  };

  return {
    changed() {
      dirty = true;
      schedule();
    },
    get dirty() {
      return dirty || running !== undefined;
    },
    save,
    async close() {
      life.abort();
      await timer;
      await (queued ?? running)?.catch(() => undefined);
      await save();
    },
  };
}
