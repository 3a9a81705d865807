import type { Duration } from './duration.ts';

/** The only door to time. Measure with `ticks`, timestamp with `wall`. */
export interface Clock {
  /** Milliseconds since the Unix epoch. May jump when the system clock is corrected. */
  wall(): number;
  /** Milliseconds since an arbitrary start, with a fraction. Never goes back. */
  ticks(): number;
  /** Resolves after `wait`, or rejects with the signal's reason. */
  sleep(wait: Duration, signal?: AbortSignal): Promise<void>;
  /** Runs `task` once what is already waiting in this turn of the event loop has been handled. */
  soon(task: () => void): void;
}

/**
 * Calls `task` every `period` until `signal` aborts, counted from the end of the call before, so calls never overlap.
 * A task that throws ends the loop; the promise rejects with its error.
 */
export async function every(
  clock: Clock,
  period: Duration,
  signal: AbortSignal,
  task: () => void | Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await clock.sleep(period, signal);
    } catch (cause) {
      if (signal.aborted) return;
      throw cause;
    }
    await task();
  }
}
