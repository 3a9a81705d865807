import { type Clock, millis } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';

interface Sleeper {
  readonly at: number;
  wake(): void;
}

export interface TestClock extends Clock {
  /** Moves time, waking every sleeper on the way at its own moment. */
  advance(ms: number): Promise<void>;
  /** Moves the wall clock alone, as a correction of the system's time does. */
  jump(ms: number): void;
}

const turn = (): Promise<void> => new Promise((resolve) => systemClock.soon(resolve));

/** Lets everything that needs no time happen. */
export async function settle(turns = 6): Promise<void> {
  for (let left = turns; left > 0; left--) await turn();
}

/** Time that stands still until a test moves it. */
export function testClock(): TestClock {
  let now = 1_000;
  let wallAhead = 1_700_000_000_000;
  let sleepers: Sleeper[] = [];
  return {
    wall: () => now + wallAhead,
    ticks: () => now,
    soon: systemClock.soon,
    sleep: (wait, signal) =>
      new Promise((resolve, reject) => {
        const sleeper: Sleeper = { at: now + wait, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers = sleepers.filter((one) => one !== sleeper);
          reject(signal.reason as Error);
        });
      }),
    jump: (ms) => void (wallAhead += ms),
    async advance(ms) {
      const until = now + ms;
      await settle();
      for (;;) {
        const next = sleepers.toSorted((one, other) => one.at - other.at)[0];
        if (!next || next.at > until) break;
        now = Math.max(now, next.at);
        sleepers = sleepers.filter((one) => one !== next);
        next.wake();
        await settle(2);
      }
      now = millis(until);
      await settle();
    },
  };
}
