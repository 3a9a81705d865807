import type { Clock } from '@selvedge/kernel';

/** Somebody with bytes to send. */
export interface Flushable {
  flush(): void;
}

/** Lets each connection write once, at the end of the turn in which somebody had something for it. */
export class Flusher {
  readonly #clock: Clock;
  #waiting: Flushable[] = [];
  #scheduled: boolean = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** At most once for each until it is flushed. */
  add(one: Flushable): void {
    this.#waiting.push(one);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#clock.soon(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  flush(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    for (const one of waiting) one.flush();
  }
}
