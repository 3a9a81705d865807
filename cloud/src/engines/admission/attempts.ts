import type { Duration } from '@selvedge/kernel';
import type { Attempts } from '../../ports.ts';

export interface AttemptLimits {
  /** Failures that one key may have within `window`. */
  readonly failuresMax: number;
  readonly window: Duration;
  /** Keys remembered; beyond it the one that failed longest ago is forgotten. */
  readonly keysMax: number;
}

/**
 * Keeps failures per key; keys are addresses, so their number is bounded. Holds its state itself; it decides by the times
 * it is given and nothing else.
 */
export function attempts(limits: AttemptLimits): Attempts & { readonly size: number } {
  const times = new Map<string, readonly number[]>();
  const recent = (key: string, now: number): readonly number[] =>
    (times.get(key) ?? []).filter((time) => time > now - limits.window);
  return {
    wait(key, now) {
      const failures = recent(key, now);
      const oldest = failures.at(-limits.failuresMax);
      return oldest === undefined ? 0 : oldest + limits.window - now;
    },
    failed(key, now) {
      const failures = [...recent(key, now), now].slice(-limits.failuresMax);
      // Deleting first moves the key to the end, so the first key is always the one that failed longest ago.
      times.delete(key);
      times.set(key, failures);
      if (times.size > limits.keysMax) times.delete(times.keys().next().value!);
    },
    get size() {
      return times.size;
    },
  };
}
