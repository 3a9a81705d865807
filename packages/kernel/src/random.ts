import { Buffer } from 'node:buffer';
import { type Duration, millis } from './duration.ts';

/** Chance for decisions that need no secrecy: jitter, sampling, simulation. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}

/** Chance for keys, tokens and nonces. */
export interface Entropy {
  /** `length` bytes nobody can guess. */
  bytes(length: number): Uint8Array;
}

/** A repeatable sequence: mulberry32, one 32-bit state, period 2^32. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let t = Math.imul(state ^ (state >>> 15), state | 1);
      t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
    },
  };
}

/** Repeatable bytes for simulations. Never for a real key. */
export function seededEntropy(seed: number): Entropy {
  const random = seeded(seed);
  return { bytes: (length) => Uint8Array.from({ length }, () => Math.floor(random.next() * 256)) };
}

/** 256 bits: nobody guesses one. */
const secretBytes = 32;

/**
 * A new secret to be typed or pasted: 44 letters, digits, dashes and underscores. It never begins with a dash, for a
 * command line would take it for an option.
 */
export const drawSecret = (entropy: Entropy): string =>
  `s${Buffer.from(entropy.bytes(secretBytes)).toString('base64url')}`;

/** Wait before attempt `attempt` (0 is the first retry): uniform in [0, min(max, min·2^attempt)], known as full jitter. */
export function backoff(random: Random, attempt: number, range: { min: Duration; max: Duration }): Duration {
  // Beyond 2^52 the power only grows towards infinity, and a `min` of 0 times infinity is no number.
  return millis(random.next() * Math.min(range.max, range.min * 2 ** Math.min(attempt, 52)));
}
