import type { Clock } from '@selvedge/kernel';

/** Less than this is the drift of a clock, not somebody setting it; in milliseconds. */
const jumpMin = 1_000;

/**
 * Time as a session store is told it: wall time that does not follow when the wall clock is set while the broker runs.
 * Set while no broker runs, nobody can tell; whoever restores a time bounds it by the length that was agreed on.
 */
export class StoreTime {
  readonly #clock: Clock;
  #offset: number;
  #drift = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offset = clock.wall() - clock.ticks();
  }

  /** Goes on where a store's earlier lives ended. */
  restore(drift: number): void {
    this.#drift = drift;
    this.#offset = this.#clock.wall() - this.#clock.ticks() - drift;
  }

  /** Store time at `ticks`. */
  at(ticks: number): number {
    return ticks + this.#offset;
  }

  /** Clock ticks at a store time. */
  ticksAt(storeTime: number): number {
    return storeTime - this.#offset;
  }

  /** How far the wall clock has been set in all lives, if that has changed since the last call. */
  look(): number | undefined {
    const drift = this.#clock.wall() - this.#clock.ticks() - this.#offset;
    if (Math.abs(drift - this.#drift) < jumpMin) return undefined;
    this.#drift = drift;
    return drift;
  }
}
