/** Hands the newest value to one reader; what it did not fetch in time is gone. */
export interface Latest<Value> extends AsyncIterable<Value> {
  put(value: Value): void;
  /** The reader gets what is there, then the end; with a cause that is thrown. */
  end(cause?: unknown): void;
}

export function latest<Value>(returned: () => void): Latest<Value> {
  let waiting: { readonly value: Value } | undefined;
  let ended: { readonly cause: unknown } | undefined;
  let wake: (() => void) | undefined;

  const next = async (): Promise<IteratorResult<Value>> => {
    while (!waiting && !ended) {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      await promise;
    }
    if (waiting) {
      const { value } = waiting;
      waiting = undefined;
      return { done: false, value };
    }
    if (ended?.cause !== undefined) {
      const { cause } = ended;
      ended = { cause: undefined };
      throw cause;
    }
    return { done: true, value: undefined };
  };

  return {
    put(value) {
      if (ended) return;
      waiting = { value };
      wake?.();
    },
    end(cause) {
      ended ??= { cause };
      wake?.();
    },
    [Symbol.asyncIterator]: () => ({
      next,
      return() {
        returned();
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
}
