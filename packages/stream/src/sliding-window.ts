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
  return new Window(countMax, store);
}

/** A class, because there is one of these for each device: objects with getters of their own would each have a hidden class. */
class Window implements SlidingWindow {
  readonly #countMax: number;
  readonly #store: SamplePages;
  /** Packed samples, oldest first. */
  readonly #pages: number[] = [];
  /** The samples since then, to be packed when a page is full of them. */
  #times = new Float64Array(startCapacity);
  #values = new Float64Array(startCapacity);
  #loose = 0;
  /** Of the oldest page, or of the loose samples when there is none, how many have left. */
  #left = 0;
  #newest = Number.NEGATIVE_INFINITY;
  #evicted = 0;
  // Sums are kept relative to a pivot near the data: squares of values far from zero would cancel each other out.
  #pivot = 0;
  #sum = 0;
  #squares = 0;
  count = 0;
  shortened = 0;

  constructor(countMax: number, store: SamplePages) {
    this.#countMax = countMax;
    this.#store = store;
  }

  get mean(): number {
    return this.count === 0 ? 0 : this.#pivot + this.#sum / this.count;
  }

  get deviation(): number {
    if (this.count === 0) return 0;
    const mean = this.#sum / this.count;
    return Math.sqrt(Math.max(0, this.#squares / this.count - mean * mean));
  }

  get newest(): number {
    return this.count === 0 ? Number.NEGATIVE_INFINITY : this.#newest;
  }

  push(time: number, value: number): void {
    if (this.count === this.#countMax) {
      this.#dropOldest();
      this.shortened += 1;
    }
    if (this.count === 0) {
      this.#loose = 0;
      this.#left = 0;
      this.#restart(value);
    }
    if (this.#loose === this.#times.length) this.#makeRoom();
    this.#newest = Math.floor(time);
    this.#times[this.#loose] = this.#newest;
    this.#values[this.#loose] = value;
    this.#loose += 1;
    this.count += 1;
    this.#add(value, 1);
  }

  forget(horizon: number): void {
    while (this.count > 0) {
      const page = this.#pages[0];
      const oldest = page === undefined ? this.#times[this.#left]! : this.#store.timeAt(page, this.#left);
      if (oldest > horizon) break;
      this.#dropOldest();
    }
    // Adding and subtracting leaves rounding behind; summing anew after a whole turn bounds it at constant cost.
    if (this.count > 0 && this.#evicted > this.count + startCapacity) this.#resum();
  }

  #add(value: number, sign: 1 | -1): void {
    const distance = value - this.#pivot;
    this.#sum += sign * distance;
    this.#squares += sign * distance * distance;
  }

  /** Begins the sums anew around `value`. */
  #restart(value: number): void {
    this.#pivot = value;
    this.#sum = 0;
    this.#squares = 0;
    this.#evicted = 0;
  }

  #resum(): void {
    const store = this.#store;
    this.#restart(this.#loose > 0 ? this.#values[this.#loose - 1]! : store.valueAt(this.#pages[0]!, this.#left));
    let from = this.#left;
    for (const page of this.#pages) {
      for (let i = from, end = store.count(page); i < end; i++) this.#add(store.valueAt(page, i), 1);
      from = 0;
    }
    for (let i = from; i < this.#loose; i++) this.#add(this.#values[i]!, 1);
  }

  #makeRoom(): void {
    if (this.#pages.length === 0 && this.#left * 2 >= this.#loose) this.#moveUp();
    else if (this.#loose < samplesOfPage) {
      this.#times = widen(this.#times);
      this.#values = widen(this.#values);
    } else this.#pack();
  }

  /** Loose samples that have left give their places back. */
  #moveUp(): void {
    this.#times.copyWithin(0, this.#left, this.#loose);
    this.#values.copyWithin(0, this.#left, this.#loose);
    this.#loose -= this.#left;
    this.#left = 0;
  }

  #pack(): void {
    if (this.#pages.length === 0) this.#moveUp();
    for (let from = 0; from < this.#loose; ) {
      from += this.#store.pack(this.#times, this.#values, from, this.#loose - from);
      this.#pages.push(this.#store.packed);
    }
    this.#loose = 0;
  }

  #dropOldest(): void {
    const page = this.#pages[0];
    this.#add(page === undefined ? this.#values[this.#left]! : this.#store.valueAt(page, this.#left), -1);
    this.#left += 1;
    this.count -= 1;
    this.#evicted += 1;
    if (page === undefined || this.#left < this.#store.count(page)) return;
    this.#left = 0;
    this.#pages.shift();
    this.#store.free(page);
  }
}

function widen(samples: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const wider = new Float64Array(Math.min(samplesOfPage, samples.length * 4));
  wider.set(samples);
  return wider;
}
