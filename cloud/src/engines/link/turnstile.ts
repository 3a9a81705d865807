/** Lets a bounded number of tasks run at once, and a bounded number wait for it. */
export interface Turnstile {
  /** Runs the task when its turn has come; undefined, and it never runs, when too many wait. */
  pass<Result>(task: () => Promise<Result>): Promise<Result> | undefined;
  readonly waiting: number;
}

export function turnstile(limits: { readonly atOnce: number; readonly waitingMax: number }): Turnstile {
  const queue: (() => void)[] = [];
  let running = 0;
  const done = (): void => {
    running -= 1;
    const next = queue.shift();
    if (next) next();
  };
  return {
    pass(task) {
      if (running >= limits.atOnce && queue.length >= limits.waitingMax) return undefined;
      const run = async () => {
        running += 1;
        try {
          return await task();
        } finally {
          done();
        }
      };
      if (running < limits.atOnce) return run();
      return new Promise((resolve, reject) => queue.push(() => void run().then(resolve, reject)));
    },
    get waiting() {
      return queue.length;
    },
  };
}
