/** Something that happens at one moment. `life` lets a power cut take back all that one machine had planned. */
export interface Moment {
  readonly at: number;
  readonly order: number;
  readonly life: { readonly ended: boolean } | undefined;
  task: (() => void) | undefined;
}

/** Simulated time: nothing happens between two moments, and moments of the same time happen in the order of planning. */
export interface Timeline {
  /** Milliseconds since the beginning, with a fraction. Never goes back. */
  readonly now: number;
  /** Moments that have happened. */
  readonly happened: number;
  /** Plans `task` for `at`, at the earliest now. */
  plan(at: number, task: () => void, life?: { readonly ended: boolean }): Moment;
  /** Takes a moment back; one that has happened stays. */
  cancel(moment: Moment): void;
  /**
   * Lets everything up to `until` happen, one moment at a time. After each, all promises that it settled have run to
   * their next wait. Rejects with what a task throws, and with an error when time stands still.
   */
  run(until: number): Promise<void>;
}

/** So many moments at one time mean that the program waits for itself, and the simulation would never end. */
const stillMax = 1_000_000;

/** Moments per turn of the real event loop; more would not be faster. */
const turnMax = 256;

export function timeline(): Timeline {
  const heap = momentHeap();
  let now = 0;
  let happened = 0;
  let planned = 0;
  let cancelled = 0;
  let running = false;

  /** The next moment that is still wanted and not after `until`. */
  const next = (until: number): Moment | undefined => {
    for (let moment = heap.first(); moment && moment.at <= until; moment = heap.first()) {
      heap.takeFirst();
      if (moment.task && !moment.life?.ended) return moment;
      if (!moment.task) cancelled -= 1;
    }
    return undefined;
  };

  const happen = (moment: Moment): void => {
    now = moment.at;
    happened += 1;
    const { task } = moment;
    moment.task = undefined;
    task!();
  };

  return {
    get now() {
      return now;
    },
    get happened() {
      return happened;
    },
    plan(at, task, life) {
      if (Number.isNaN(at)) throw new RangeError('NaN is no time to plan for');
      const moment: Moment = { at: Math.max(at, now), order: planned++, life, task };
      heap.add(moment);
      return moment;
    },
    cancel(moment) {
      if (!moment.task) return;
      moment.task = undefined;
      cancelled += 1;
      // A timeout that is mostly taken back must not fill the memory until its time comes.
      if (cancelled > 1_000 && cancelled > heap.size / 2) {
        heap.keep((one) => one.task !== undefined && !one.life?.ended);
        cancelled = 0;
      }
    },
    run(until) {
      if (running) return Promise.reject(new Error('the timeline runs already'));
      running = true;
      return drained(
        () => {
          const moment = next(until);
          if (!moment) {
            now = Math.max(now, until);
            running = false;
            return false;
          }
          happen(moment);
          return true;
        },
        () => now,
      ).finally(() => {
        running = false;
      });
    },
  };
}

/**
 * Calls `step` until it gives false. Between two calls Node runs all promise jobs to their end: that is what it does
 * between two callbacks of `setImmediate`, also when many of them wait for the same turn of its event loop.
 */
function drained(step: () => boolean, now: () => number): Promise<void> {
  return new Promise((resolve, reject) => {
    let isOver = false;
    let still = 0;
    let stillSince = Number.NaN;
    const one = (): void => {
      if (isOver) return;
      try {
        isOver = !step();
        still = now() === stillSince ? still + 1 : 0;
        stillSince = now();
        if (still > stillMax) throw new Error(`time stands still at ${stillSince} ms: ${still} moments`);
        if (isOver) resolve();
      } catch (cause) {
        isOver = true;
        reject(cause);
      }
    };
    const turn = (count: number): void => {
      if (isOver) return;
      for (let i = 0; i < count; i++) setImmediate(one);
      setImmediate(turn, Math.min(count * 2, turnMax));
    };
    setImmediate(turn, 1);
  });
}

/** A binary heap by time, then by order of planning. */
function momentHeap() {
  let all: Moment[] = [];
  const before = (a: Moment, b: Moment): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

  const sink = (moment: Moment, from: number): void => {
    let at = from;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= all.length) break;
      if (child + 1 < all.length && before(all[child + 1]!, all[child]!)) child += 1;
      if (!before(all[child]!, moment)) break;
      all[at] = all[child]!;
      at = child;
    }
    all[at] = moment;
  };

  return {
    get size() {
      return all.length;
    },
    first: (): Moment | undefined => all[0],
    add(moment: Moment): void {
      let at = all.length;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!before(moment, all[parent]!)) break;
        all[at] = all[parent]!;
        at = parent;
      }
      all[at] = moment;
    },
    takeFirst(): void {
      const last = all.pop()!;
      if (all.length > 0) sink(last, 0);
    },
    keep(wanted: (moment: Moment) => boolean): void {
      // A sorted list is a heap.
      all = all.filter(wanted).sort((a, b) => (before(a, b) ? -1 : 1));
    },
  };
}
