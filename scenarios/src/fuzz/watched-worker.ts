import { Worker } from 'node:worker_threads';
import { emptyNotes, type Noted, notesOn } from './notes.ts';
import type { Plant } from './target.ts';
import type { FuzzWork, Said, Work } from './worker.ts';

/** Whom a worker works for. */
export interface Job {
  readonly target: string;
  readonly plant: Plant;
}

/**
 * Seconds without progress after which a worker counts as hanging: of the processor's time, and of waiting in its event loop
 * for something to come. Time in which the machine does not let it run is neither.
 */
export interface Patience {
  readonly cpu: number;
  readonly idle: number;
}

export const patience: Patience = { cpu: 10, idle: 60 };

/** A worker that is ended when it hangs. */
export interface WatchedWorker extends AsyncDisposable {
  readonly worker: Worker;
  /** Settles when `signal` aborts, the worker has gone, or it makes no progress. */
  watch(signal: AbortSignal): Promise<'well' | 'hangs' | 'gone'>;
  /** What it was at when it ended. */
  end(): Promise<Noted>;
}

const watchMs = 100;
const file = new URL('./worker.ts', import.meta.url);

/** Bytes in mebi that a worker may hold: what needs more has grown. */
const resourceLimits = { maxOldGenerationSizeMb: 1_024 };

export function watchedWorker(
  { target, plant }: Job,
  fuzz: FuzzWork | undefined,
  { cpu, idle }: Patience,
  hear: (said: Said) => void,
  die: (cause: Error) => void,
): WatchedWorker {
  const shared = emptyNotes();
  const workerData: Work = { target, plant, fuzz, notes: shared };
  const worker = new Worker(file, { workerData, resourceLimits, execArgv: ['--disable-warning=ExperimentalWarning'] });
  const notes = notesOn(shared);
  const gone = new AbortController();
  worker.on('message', hear).on('error', (cause) => die(cause as Error));
  const exited = new Promise<undefined>((resolve) => worker.once('exit', () => resolve(undefined)));
  void exited.then(() => gone.abort());

  const spent = async (): Promise<Patience | undefined> => {
    // A worker that ends meanwhile does not answer.
    const usage = await Promise.race([worker.cpuUsage().catch(() => undefined), exited]);
    const { idle: waited } = worker.performance.eventLoopUtilization();
    return usage && { cpu: (usage.user + usage.system) / 1e6, idle: waited / 1e3 };
  };
  return {
    worker,
    async end() {
      await worker.terminate();
      return notes.read();
    },
    async watch(signal) {
      let seen = -1;
      let since: Patience = { cpu: 0, idle: 0 };
      for (;;) {
        await pause(AbortSignal.any([signal, gone.signal]));
        if (signal.aborted) return 'well';
        const now = await spent();
        // Its last words are heard before it is known to have gone.
        if (signal.aborted) return 'well';
        if (gone.signal.aborted) return 'gone';
        // It has not begun, or is about to end.
        if (!now) continue;
        const { count } = notes;
        // Until the first input it loads what it needs.
        if (count !== seen || count === 0) since = now;
        seen = count;
        if (now.cpu - since.cpu > cpu || now.idle - since.idle > idle) return 'hangs';
      }
    },
    async [Symbol.asyncDispose]() {
      await worker.terminate();
    },
  };
}

/** A little while, or until the signal. */
function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, watchMs);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
