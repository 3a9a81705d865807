/** Something with one beginning and one end. Both calls may be repeated; only the first counts. */
export interface Service extends AsyncDisposable {
  start(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Builds a service from what it does at its beginning and its end, so that each author need not count the calls.
 * `stop` waits for a start that is under way, also ends one that failed, and does nothing where nothing was started;
 * what has been stopped does not start again.
 */
export function service(parts: {
  start(signal: AbortSignal): void | Promise<void>;
  stop(): void | Promise<void>;
}): Service {
  let started: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    stopped ??= (async () => {
      if (!started) return;
      await started.catch(() => undefined);
      await parts.stop();
    })();
    return stopped;
  };
  return {
    start(signal) {
      started ??= (async () => {
        if (stopped) throw new Error('a stopped service does not start again');
        await parts.start(signal);
      })();
      return started;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Starts services in order and stops them in reverse, even when one fails to start or to stop. */
export function stack(...services: readonly Service[]): Service {
  const running: Service[] = [];
  const unwind = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (let one = running.pop(); one; one = running.pop()) {
      await one.stop().catch((cause: unknown) => failures.push(cause));
    }
    if (failures.length === 1) throw failures[0];
    if (failures.length > 1) throw new AggregateError(failures, `${failures.length} services did not stop cleanly`);
  };
  return service({
    async start(signal) {
      try {
        for (const one of services) {
          signal.throwIfAborted();
          running.push(one);
          await one.start(signal);
        }
      } catch (cause) {
        await unwind().catch(() => undefined);
        throw cause;
      }
    },
    stop: unwind,
  });
}
