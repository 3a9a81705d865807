/** Milliseconds. npm passes on what the terminal has already sent, so one Ctrl-C may come twice at once. */
const sameMax = 500;

export interface StopSignals {
  /** Aborts at the first signal. */
  readonly stop: AbortSignal;
  /** Aborts at a later Ctrl-C of a person who does not want to wait. */
  readonly urgent: AbortSignal;
  heard(signal: NodeJS.Signals): void;
  /** Stops for another reason. */
  end(cause: Error): void;
}

/** What the signals of a process mean. `now` is in milliseconds. */
export function stopSignals(now: () => number): StopSignals {
  const stop = new AbortController();
  const urgent = new AbortController();
  let since = Number.POSITIVE_INFINITY;
  const end = (cause: Error): void => {
    if (stop.signal.aborted) return;
    since = now();
    stop.abort(cause);
  };
  return {
    stop: stop.signal,
    urgent: urgent.signal,
    heard(signal) {
      if (signal === 'SIGINT' && now() - since > sameMax) urgent.abort();
      end(new Error(`stopped by ${signal}`));
    },
    end,
  };
}
