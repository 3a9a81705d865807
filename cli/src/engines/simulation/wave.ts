import type { Random } from '@selvedge/kernel';

/**
 * A measured quantity around its mean: a quick control cycle, a slow drift and a little noise, all bounded. So it looks
 * alive, and a z-score of it stays below 2.2: only what is really wrong stands out.
 */
export interface Wave {
  readonly cycle: number;
  readonly drift: number;
  readonly phase: number;
  readonly shift: number;
}

export function wave(random: Random): Wave {
  return {
    cycle: 4 + 3 * random.next(),
    drift: 60 + 120 * random.next(),
    phase: random.next(),
    shift: random.next(),
  };
}

/** The deviation from the mean at `seconds`, within about ±1. */
export function waveAt(one: Wave, seconds: number, random: Random): number {
  const turn = (period: number, phase: number): number => Math.sin(2 * Math.PI * (seconds / period + phase));
  return 0.75 * turn(one.cycle, one.phase) + 0.15 * turn(one.drift, one.shift) + 0.1 * (2 * random.next() - 1);
}

/** Moves `from` towards `target`; after `constant` seconds 63 % of the way is done. */
export const approach = (from: number, target: number, elapsed: number, constant: number): number =>
  target + (from - target) * Math.exp(-elapsed / constant);

/** Rounded as an instrument with so many digits after the point shows it. */
export const rounded = (value: number, digits: number): number => Number(value.toFixed(digits));
