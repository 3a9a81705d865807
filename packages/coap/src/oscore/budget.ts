import type { Clock } from '@selvedge/kernel';

/** Says whether one more may be done now: `perSecond` of them, and as many at once after a second of rest. */
export function budget(perSecond: number, clock: Clock): () => boolean {
  let left = perSecond;
  let at = clock.ticks();
  return () => {
    const now = clock.ticks();
    left = Math.min(perSecond, left + ((now - at) / 1_000) * perSecond);
    at = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}
