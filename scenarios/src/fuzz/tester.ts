import type { Shown, Trial } from './trial.ts';
import { type Job, type Patience, patience, type WatchedWorker, watchedWorker } from './watched-worker.ts';
import type { Said } from './worker.ts';

/** Somebody who tries out inputs, each trial on a new ground. */
export interface Tester extends AsyncDisposable {
  try(trial: Trial): Promise<Shown>;
}

export function tester(job: Job, patient: Patience = patience): Tester {
  let hired: WatchedWorker | undefined;
  let answer: (shown: Shown) => void = () => undefined;
  const dismiss = async (): Promise<void> => {
    await hired?.[Symbol.asyncDispose]();
    hired = undefined;
  };
  const hire = (): WatchedWorker => {
    const hear = (said: Said): void => {
      if (said.is === 'shown') answer(said.shown);
    };
    return watchedWorker(job, undefined, patient, hear, (cause) =>
      answer({ kind: 'crash', why: `the worker dies: ${cause.message}` }),
    );
  };
  return {
    async try(trial) {
      hired ??= hire();
      const over = new AbortController();
      let shown: Shown = { kind: 'hang', why: 'an input never ends' };
      answer = (one) => {
        shown = one;
        over.abort();
      };
      hired.worker.postMessage(trial);
      const how = await hired.watch(over.signal);
      if (how !== 'well' || shown?.why.startsWith('the worker dies')) await dismiss();
      return shown;
    },
    [Symbol.asyncDispose]: dismiss,
  };
}
