import type { Clock } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';

export interface ManualClock extends Clock {
  /** Moves time on and runs what was due on the way, in order; settles when what that started has settled too. */
  advance(milliseconds: number): Promise<void>;
}

/** When the tests of the cloud happen: 1 March 2026, 12:00 UTC. */
export const testTime = Date.UTC(2026, 2, 1, 12);

/** A clock that moves only when a test says so. `soon` runs after the promises that are settled already. */
export function manualClock(start = testTime): ManualClock {
  let elapsed = 0;
  const sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();
  return {
    wall: () => start + elapsed,
    ticks: () => elapsed,
    soon: systemClock.soon,
    sleep: (wait, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = { at: elapsed + wait, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      }),
    async advance(milliseconds) {
      const end = elapsed + milliseconds;
      for (;;) {
        const due = [...sleepers].filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        elapsed = Math.max(elapsed, due.at);
        sleepers.delete(due);
        due.wake();
        await settled();
      }
      elapsed = end;
      await settled();
    },
  };
}

/** Waits until promises and `soon` tasks have run, those they started too. */
export async function settled(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise<void>((resolve) => systemClock.soon(resolve));
}
