import { type Clock, millis } from '@selvedge/kernel';

/** Somebody who has said more than was taken of it at once. */
export interface Backlog {
  /** Nobody else wants anything: as much as one read, whatever it took before. */
  goOn(): void;
  /** Has so much more work to its credit. */
  pay(work: number): void;
}

/** Work is counted in bytes; one packet, however short, makes as much as so many. */
export const packetWork = 64;
/** What is taken of one read at once: all that a client says within its window, or a part of what a flood says. */
export const readWork = 32_768;
/** Beside others, who exceeds that gets on by so much work in each millisecond. */
const workPerMs = 8_192;
/** The others want something as long as one of them was heard within so many milliseconds. */
const quietMs = 10;

/**
 * Shares the event loop out. A client that says more than is taken of one read goes on in the next turn if nobody else has
 * been heard of late, and at a fixed rate otherwise: what a flood could take of a busy broker would be missing elsewhere.
 */
export class Shares {
  readonly #clock: Clock;
  #alone: Backlog[] = [];
  #besideOthers: Backlog[] = [];
  /** Who was heard last, and when; and when somebody else was, before. Clock ticks. */
  #last: object | undefined = undefined;
  #lastAt = Number.NEGATIVE_INFINITY;
  #otherAt = Number.NEGATIVE_INFINITY;
  /** How often somebody was put off. */
  deferred = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Somebody was heard, and all of it taken. */
  heard(one: Backlog, now: number): void {
    if (one !== this.#last) {
      this.#otherAt = this.#lastAt;
      this.#last = one;
    }
    this.#lastAt = now;
  }

  /** Calls one of its methods later. At most once for each until then. */
  defer(one: Backlog): void {
    this.deferred += 1;
    const otherAt = one === this.#last ? this.#otherAt : this.#lastAt;
    if (this.#clock.ticks() - otherAt > quietMs) {
      this.#alone.push(one);
      if (this.#alone.length === 1) this.#clock.soon(() => this.#nextTurn());
    } else {
      this.#besideOthers.push(one);
      if (this.#besideOthers.length === 1) void this.#clock.sleep(millis(1)).then(() => this.#nextPay());
    }
  }

  #nextTurn(): void {
    const backlogs = this.#alone;
    this.#alone = [];
    for (const one of backlogs) one.goOn();
  }

  #nextPay(): void {
    const backlogs = this.#besideOthers;
    this.#besideOthers = [];
    for (const one of backlogs) one.pay(workPerMs);
  }
}
