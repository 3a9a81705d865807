/**
 * The samples of one metric of one device within a span of time, with running sums, so that mean and deviation cost the
 * same whatever the span holds. Times never go back; a late sample is the caller's to leave out.
 */
export interface SlidingWindow {
  readonly count: number;
  readonly mean: number;
  /** Population standard deviation. */
  readonly deviation: number;
  /** Time of the newest sample, to the millisecond below, or -Infinity. */
  readonly newest: number;
  /** Samples that had to leave before their time because the window was at its bound. */
  readonly shortened: number;
  /** Adds a sample at `time` (milliseconds, not before `newest`). */
  push(time: number, value: number): void;
  /** Drops the samples that are not strictly younger than `horizon`. */
  forget(horizon: number): void;
}

const startCapacity = 16;
/** A thousand devices hold a window each, so room that is not used costs more than a copy now and then. */
const growth = 1.5;
/** Times are kept in 4 bytes from a base that moves on when they come near their end, after 24 days. */
const spanMax = 2 ** 31;

/** A window of at most `countMax` samples; beyond it the oldest gives way and is counted as `shortened`. */
export function slidingWindow(countMax: number): SlidingWindow {
  let times = new Uint32Array(startCapacity);
  let values = new Float64Array(startCapacity);
  let base = 0;
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

  const restart = (time: number, value: number): void => {
    base = Math.floor(time);
    first = 0;
    pivot = value;
    sum = 0;
    squares = 0;
    evicted = 0;
  };

  /** Moves all samples to fresh arrays from place 0, times counted from the oldest, and sums them anew. */
  const rebuild = (capacity: number): void => {
    const shift = times[first]!;
    const moreTimes = new Uint32Array(capacity);
    const moreValues = new Float64Array(capacity);
    for (let i = 0, at = first; i < count; i++, at = at + 1 === times.length ? 0 : at + 1) {
      moreTimes[i] = times[at]! - shift;
      moreValues[i] = values[at]!;
    }
    times = moreTimes;
    values = moreValues;
    restart(base + shift, values[0]!);
    for (let i = 0; i < count; i++) add(values[i]!, 1);
  };

  const dropOldest = (): void => {
    add(values[first]!, -1);
    first = first + 1 === times.length ? 0 : first + 1;
    count -= 1;
    evicted += 1;
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
      if (count === 0) return Number.NEGATIVE_INFINITY;
      const last = first + count - 1;
      return base + times[last < times.length ? last : last - times.length]!;
    },
    get shortened() {
      return shortened;
    },
    push(time, value) {
      if (count === countMax) {
        dropOldest();
        shortened += 1;
      } else if (count === times.length) rebuild(Math.min(countMax, Math.ceil(count * growth)));
      if (count === 0) restart(time, value);
      else if (time - base > spanMax) rebuild(times.length);
      const last = first + count;
      const at = last < times.length ? last : last - times.length;
      times[at] = time - base;
      values[at] = value;
      count += 1;
      add(value, 1);
    },
    forget(horizon) {
      while (count > 0 && base + times[first]! <= horizon) dropOldest();
      // Adding and subtracting leaves rounding behind; summing anew after a whole turn bounds it at constant cost.
      if (count > 0 && evicted > count + startCapacity)
        rebuild(Math.max(startCapacity, Math.min(times.length, Math.ceil(count * growth))));
    },
  };
}
