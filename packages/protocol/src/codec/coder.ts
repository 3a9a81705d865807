/**
 * What a model writes its numbers to, or reads them from. The model is written once, for both directions: a writer keeps
 * `value` and gives it back, a reader ignores `value` and gives what was written in its place. So encoder and decoder
 * cannot drift apart. A reader throws a RangeError where there is nothing to read.
 */
export interface Coder {
  readonly isReading: boolean;
  /**
   * A whole number within ±2^53. `level` says how far from 0 to expect it, as `levelOf` gives it; writer and reader must
   * know it alike.
   */
  number(column: number, level: number, value: number): number;
  /** A number from 0 to 255 that is no quantity. */
  byte(column: number, value: number): number;
  /** `length` bytes at `at`, which stand in a section of their own. */
  bytes(bytes: Uint8Array, at: number, length: number): void;
}

/** Most columns that a model may use. */
export const columnsMax = 1_024;
/** Levels of quantities are below this; what is no quantity but a choice has one of the few above, `choice` and on. */
export const choice = 64;
export const levelsMax = 68;

/**
 * The level of a column whose numbers are `size` in the mean, signs put aside: two levels for each doubling. Only
 * operations that IEEE 754 defines to the last bit may decide it, so that all machines agree.
 */
export const levelOf = (size: number): number => {
  if (size < 16_384) return 32 - Math.clz32(size * size * 8);
  return size < 2 ** 44 ? 65 - Math.clz32(size / 16_384) : 63;
};

/** Whole numbers that models code are within this, so that the difference of any two is exact. */
export const wholeMax = 2 ** 50;

/** A guess as a whole number that any other may be counted from; one that is beyond reason is 0. */
export const guessed = (guess: number): number => (guess <= wholeMax && guess >= -wholeMax ? Math.round(guess) : 0);
