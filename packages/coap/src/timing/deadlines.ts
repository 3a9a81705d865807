import { type Clock, millis } from '@selvedge/kernel';

export interface Deadline {
  /** Takes it back; one that has passed stays passed. */
  cancel(): void;
}

/** Many waits on one sleeper, because most of them are taken back before their time. */
export interface Deadlines {
  /** Runs `task` after so many milliseconds. */
  after(wait: number, task: () => void): Deadline;
  /** Takes all of them back. */
  stop(): void;
}

interface Entry extends Deadline {
  readonly at: number;
  readonly order: number;
  task: (() => void) | undefined;
}

export function deadlines(clock: Clock): Deadlines {
  const heap = entryHeap();
  let added = 0;
  let cancelled = 0;
  let armedFor = Number.POSITIVE_INFINITY;
  let sleeper = new AbortController();

  const arm = (): void => {
    const first = heap.first();
    if (!first || first.at >= armedFor) return;
    sleeper.abort();
    const mine = new AbortController();
    sleeper = mine;
    armedFor = first.at;
    const wait = millis(Math.max(0, first.at - clock.ticks()));
    // A sleep that was taken back may have ended in the same moment.
    clock.sleep(wait, mine.signal).then(
      () => mine === sleeper && wake(),
      () => undefined,
    );
  };

  const wake = (): void => {
    armedFor = Number.POSITIVE_INFINITY;
    const now = clock.ticks();
    for (let first = heap.first(); first && (first.at <= now || !first.task); first = heap.first()) {
      heap.takeFirst();
      const { task } = first;
      if (!task) cancelled -= 1;
      first.task = undefined;
      task?.();
    }
    arm();
  };

  return {
    after(wait, task) {
      const entry: Entry = {
        at: clock.ticks() + wait,
        order: added++,
        task,
        cancel() {
          if (!entry.task) return;
          entry.task = undefined;
          cancelled += 1;
          // A wait that is mostly taken back must not fill the memory until its time comes.
          if (cancelled > 1_000 && cancelled > heap.size / 2) {
            heap.keep((one) => one.task !== undefined);
            cancelled = 0;
          }
        },
      };
      heap.add(entry);
      arm();
      return entry;
    },
    stop() {
      heap.clear();
      sleeper.abort();
      armedFor = Number.POSITIVE_INFINITY;
    },
  };
}

/** A binary heap by time, then by order of arrival. */
function entryHeap() {
  let all: Entry[] = [];
  const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

  return {
    get size() {
      return all.length;
    },
    first: (): Entry | undefined => all[0],
    keep(wanted: (entry: Entry) => boolean): void {
      // A sorted list is a heap.
      all = all.filter(wanted).sort((a, b) => (before(a, b) ? -1 : 1));
    },
    clear(): void {
      all = [];
    },
    add(entry: Entry): void {
      let at = all.length;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!before(entry, all[parent]!)) break;
        all[at] = all[parent]!;
        at = parent;
      }
      all[at] = entry;
    },
    takeFirst(): void {
      const last = all.pop()!;
      if (all.length === 0) return;
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= all.length) break;
        if (child + 1 < all.length && before(all[child + 1]!, all[child]!)) child += 1;
        if (!before(all[child]!, last)) break;
        all[at] = all[child]!;
        at = child;
      }
      all[at] = last;
    },
  };
}
