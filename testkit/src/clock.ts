import type { Clock } from '@selvedge/kernel';
import { type Timeline, timeline } from './timeline.ts';

export interface SimulatedClock extends Clock {
  /** Moves the wall clock by so many milliseconds, forward or back; ticks and sleepers do not notice. */
  jumpWall(milliseconds: number): void;
}

/** 1 January 2025, in milliseconds since the Unix epoch: when every simulation begins. */
export const wallAtBeginning = 1_735_689_600_000;

/** A clock on a timeline; with `life` all that waits on it is forgotten when the life ends. */
export function simulatedClock(
  line: Timeline = timeline(),
  about: { readonly wall?: number; readonly life?: { readonly ended: boolean } } = {},
): SimulatedClock {
  let wall = about.wall ?? wallAtBeginning;
  const { life } = about;
  return {
    // Whole milliseconds, as `Date.now` gives them.
    wall: () => Math.floor(wall + line.now),
    ticks: () => line.now,
    soon: (task) => void line.plan(line.now, task, life),
    sleep: (wait, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const abort = (): void => {
          line.cancel(moment);
          reject(signal?.reason);
        };
        const moment = line.plan(
          line.now + Math.max(0, wait),
          () => {
            signal?.removeEventListener('abort', abort);
            resolve();
          },
          life,
        );
        signal?.addEventListener('abort', abort, { once: true });
      }),
    jumpWall(milliseconds) {
      wall += milliseconds;
    },
  };
}
