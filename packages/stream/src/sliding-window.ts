/**
 * The samples of one metric of one device within a span of time, with running sums, so that mean and deviation cost the
 * same whatever the span holds. Times never go back; a late sample is the caller's to leave out.
 */
export interface SlidingWindow {
  readonly count: number;
  readonly mean: number;
  /** Population standard deviation. */
  readonly deviation: number;
  /** Time of the newest sample, or -Infinity. */
  readonly newest: number;
  /** Samples that had to leave before their time because the window was at its bound. */
  readonly shortened: number;
  /** Adds a sample at `time` (milliseconds, not before `newest`). */
  push(time: number, value: number): void;
  /** Drops the samples that are not strictly younger than `horizon`. */
  forget(horizon: number): void;
}

const startCapacity = 16;

/** A window of at most `countMax` samples; beyond it the oldest gives way and is counted as `shortened`. */
export function slidingWindow(countMax: number): SlidingWindow {
  let times = new Float64Array(startCapacity);
  let values = new Float64Array(startCapacity);
  let first = 0;
  let count = 0;
  let shortened = 0;
  let evicted = 0;
  // Sums are kept relative to a pivot near the data: squares of values far from zero would cancel each other out.
  let pivot = 0;
  let sum = 0;
  let squares = 0;

  const add = (value: number, sign: 1 | -1): void => {
    const distance = value - pivot;
    sum += sign * distance;
    squares += sign * distance * distance;
  };

  const recount = (): void => {
    pivot = values[first]!;
    sum = 0;
    squares = 0;
    for (let i = 0; i < count; i++) add(values[(first + i) & (values.length - 1)]!, 1);
    evicted = 0;
  };

  const dropOldest = (): void => {
    add(values[first]!, -1);
    first = (first + 1) & (values.length - 1);
    count -= 1;
    evicted += 1;
  };

  const grow = (): void => {
    const moreTimes = new Float64Array(times.length * 2);
    const moreValues = new Float64Array(times.length * 2);
    for (let i = 0; i < count; i++) {
      const at = (first + i) & (times.length - 1);
      moreTimes[i] = times[at]!;
      moreValues[i] = values[at]!;
    }
    times = moreTimes;
    values = moreValues;
    first = 0;
  };

  return {
    get count() {
      return count;
    },
    get mean() {
      return count === 0 ? 0 : pivot + sum / count;
    },
    get deviation() {
      if (count === 0) return 0;
      const mean = sum / count;
      return Math.sqrt(Math.max(0, squares / count - mean * mean));
    },
    get newest() {
      return count === 0 ? -Infinity : times[(first + count - 1) & (times.length - 1)]!;
    },
    get shortened() {
      return shortened;
    },
    push(time, value) {
      if (count === countMax) {
        dropOldest();
        shortened += 1;
      } else if (count === times.length) grow();
      if (count === 0) {
        pivot = value;
        sum = 0;
        squares = 0;
      }
      const at = (first + count) & (times.length - 1);
      times[at] = time;
      values[at] = value;
      count += 1;
      add(value, 1);
    },
    forget(horizon) {
      while (count > 0 && times[first]! <= horizon) dropOldest();
      // Adding and subtracting leaves rounding behind; summing anew after a whole turn bounds it at constant cost.
      if (evicted > count + startCapacity) recount();
    },
  };
}
