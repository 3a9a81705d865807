import type { SlidingWindow } from './sliding-window.ts';

/** Below this many samples a deviation says nothing. */
const samplesMin = 5;

/** Deviations at which the score is full. */
const deviationsMax = 3;

/**
 * How unusual `value` is against the window, which must not hold it yet: min(|z| / 3, 1) with the population deviation;
 * 0 below 5 samples or where nothing varies.
 */
export function anomalyScore(window: SlidingWindow, value: number): number {
  if (window.count < samplesMin) return 0;
  const deviation = window.deviation;
  if (deviation === 0) return 0;
  return Math.min(Math.abs(value - window.mean) / deviation / deviationsMax, 1);
}
