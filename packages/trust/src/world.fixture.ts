import { type Clock, seededEntropy } from '@selvedge/kernel';
import type { TrustWorld } from './authority.ts';

/** When the tests of this package happen: 1 March 2026, 12:00 UTC. */
export const now = Date.UTC(2026, 2, 1, 12);

/** A world that stands still, with entropy that repeats itself. */
export function worldAt(wall = now): TrustWorld {
  const clock: Clock = {
    wall: () => wall,
    ticks: () => 0,
    sleep: () => new Promise(() => undefined),
    soon: (task) => queueMicrotask(task),
  };
  return { clock, entropy: seededEntropy(7) };
}
