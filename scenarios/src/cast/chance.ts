import type { Random } from '@selvedge/kernel';

/** Draws of a story. */
export const between = (random: Random, min: number, max: number): number => min + (max - min) * random.next();

export const whole = (random: Random, min: number, max: number): number => Math.floor(between(random, min, max + 1));

export const oneOf = <Value>(random: Random, all: readonly Value[]): Value =>
  all[Math.floor(random.next() * all.length)]!;

export const coin = (random: Random, chance = 0.5): boolean => random.next() < chance;

/** As likely between 1 and 10 as between 10 and 100: for lengths of time that differ by orders of magnitude. */
export const spread = (random: Random, min: number, max: number): number => min * (max / min) ** random.next();
