import { type SamplePages, samplePages, samplesOfPage } from './sample-pages.ts';

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

/**
 * A window of at most `countMax` samples; beyond it the oldest gives way and is counted as `shortened`. Windows with
 * the same `store` share its memory.
 */
export function slidingWindow(countMax: number, store: SamplePages = samplePages()): SlidingWindow {
  /** Packed samples, oldest first. */
  const pages: number[] = [];
  /** The samples since then, to be packed when a page is full of them. */
  let times = new Float64Array(startCapacity);
  let values = new Float64Array(startCapacity);
  let loose = 0;
  /** Of the oldest page, or of the loose samples when there is none, how many have left. */
  let left = 0;
  let count = 0;
  let newest = Number.NEGATIVE_INFINITY;
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

  /** Begins the sums anew around `value`. */
  const restart = (value: number): void => {
    pivot = value;
    sum = 0;
    squares = 0;
    evicted = 0;
  };

  const resum = (): void => {
    restart(loose > 0 ? values[loose - 1]! : store.valueAt(pages[0]!, left));
    let from = left;
    for (const page of pages) {
      for (let i = from, end = store.count(page); i < end; i++) add(store.valueAt(page, i), 1);
      from = 0;
    }
    for (let i = from; i < loose; i++) add(values[i]!, 1);
  };

  const makeRoom = (): void => {
    if (pages.length === 0 && left * 2 >= loose) moveUp();
    else if (loose < samplesOfPage) {
      times = widen(times);
      values = widen(values);
    } else pack();
  };

  /** Loose samples that have left give their places back. */
  const moveUp = (): void => {
    times.copyWithin(0, left, loose);
    values.copyWithin(0, left, loose);
    loose -= left;
    left = 0;
  };

  const pack = (): void => {
    if (pages.length === 0) moveUp();
    for (let from = 0; from < loose; ) {
      from += store.pack(times, values, from, loose - from);
      pages.push(store.packed);
    }
    loose = 0;
  };

  const dropOldest = (): void => {
    const page = pages[0];
    add(page === undefined ? values[left]! : store.valueAt(page, left), -1);
    left += 1;
    count -= 1;
    evicted += 1;
    if (page === undefined || left < store.count(page)) return;
    left = 0;
    pages.shift();
    store.free(page);
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
      return count === 0 ? Number.NEGATIVE_INFINITY : newest;
    },
    get shortened() {
      return shortened;
    },
    push(time, value) {
      if (count === countMax) {
        dropOldest();
        shortened += 1;
      }
      if (count === 0) {
        loose = 0;
        left = 0;
        restart(value);
      }
      if (loose === times.length) makeRoom();
      newest = Math.floor(time);
      times[loose] = newest;
      values[loose] = value;
      loose += 1;
      count += 1;
      add(value, 1);
    },
    forget(horizon) {
      while (count > 0) {
        const page = pages[0];
        if ((page === undefined ? times[left]! : store.timeAt(page, left)) > horizon) break;
        dropOldest();
      }
      // Adding and subtracting leaves rounding behind; summing anew after a whole turn bounds it at constant cost.
      if (count > 0 && evicted > count + startCapacity) resum();
    },
  };
}

function widen(samples: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const wider = new Float64Array(Math.min(samplesOfPage, samples.length * 4));
  wider.set(samples);
  return wider;
}
