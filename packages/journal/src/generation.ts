/** Those who wait for one commit: one promise for all of them, made when the first one asks. */
export interface Generation {
  promise(): Promise<void>;
  resolve(): void;
  reject(cause: unknown): void;
}

export function generation(): Generation {
  let waiting: PromiseWithResolvers<void> | undefined;
  return {
    promise() {
      waiting ??= Promise.withResolvers<void>();
      return waiting.promise;
    },
    resolve: () => waiting?.resolve(),
    reject: (cause) => waiting?.reject(cause),
  };
}
