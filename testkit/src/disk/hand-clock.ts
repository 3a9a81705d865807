import { type Clock, millis } from '@selvedge/kernel';

/** A clock that stands still until a test moves it. What is due `soon` happens in the next turn of the real event loop. */
export interface HandClock extends Clock {
  /** Moves both clocks and lets those wake whose wait is over, in the order of their time, each to its next wait. */
  advance(milliseconds: number): Promise<void>;
  /** Moves the wall clock alone. */
  jumpWall(milliseconds: number): void;
}

interface Sleeper {
  readonly at: number;
  readonly wake: () => void;
}

/** Begins on 1 January 2025. */
export function handClock(): HandClock {
  let wall = 1_735_689_600_000;
  let ticks = 0;
  const sleepers = new Set<Sleeper>();
  const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

  return {
    wall: () => Math.floor(wall),
    ticks: () => ticks,
    soon: (task) => void setImmediate(task),
    sleep: (wait, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = {
          at: ticks + Math.max(millis(0), wait),
          wake: () => {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', abort);
            resolve();
          },
        };
        const abort = (): void => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', abort, { once: true });
      }),
    async advance(milliseconds) {
      const until = ticks + milliseconds;
      for (;;) {
        const [next] = [...sleepers].sort((a, b) => a.at - b.at);
        if (!next || next.at > until) break;
        wall += next.at - ticks;
        ticks = next.at;
        next.wake();
        await turn();
      }
      wall += until - ticks;
      ticks = until;
      await turn();
    },
    jumpWall(milliseconds) {
      wall += milliseconds;
    },
  };
}
