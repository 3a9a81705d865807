/** Those who wait for the durable head to move. */
export interface Growth {
  /** Settles when the head is beyond `offset`; rejects with the signal's reason, or when it is closed. */
  beyond(offset: number, signal: AbortSignal): Promise<void>;
  moved(): void;
  close(cause: unknown): void;
}

interface Waiter {
  readonly offset: number;
  readonly resolve: () => void;
  readonly reject: (cause: unknown) => void;
}

export function growth(head: () => number): Growth {
  const waiters = new Set<Waiter>();
  return {
    beyond(offset, signal) {
      if (signal.aborted) return Promise.reject(signal.reason);
      if (head() > offset) return Promise.resolve();
      return new Promise((resolve, reject) => {
        const leave = (settle: () => void): void => {
          waiters.delete(waiter);
          signal.removeEventListener('abort', abort);
          settle();
        };
        const abort = (): void => leave(() => reject(signal.reason));
        const waiter = {
          offset,
          resolve: () => leave(resolve),
          reject: (cause: unknown) => leave(() => reject(cause)),
        };
        waiters.add(waiter);
        signal.addEventListener('abort', abort, { once: true });
      });
    },
    moved() {
      for (const waiter of waiters) if (head() > waiter.offset) waiter.resolve();
    },
    close(cause) {
      for (const waiter of waiters) waiter.reject(cause);
    },
  };
}
