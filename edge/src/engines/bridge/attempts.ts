import { backoff, type Clock, describeFailure, type Log, type Random, seconds } from '@selvedge/kernel';
import type { BridgeOptions } from './rule.ts';

export interface AttemptsParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** A connection ended by itself. */
  readonly onLost: () => void;
}

/** Connects again and again. */
export interface Attempts {
  readonly connected: boolean;
  /**
   * Until `signal` aborts. `connect` calls `begun` when all is there, and settles with what ended it; it never rejects.
   * Never rejects.
   */
  run(connect: (signal: AbortSignal, begun: () => void) => Promise<unknown>, signal: AbortSignal): Promise<void>;
}

/** A connection that held so long was a good one: the next attempt is the first. */
const steady = seconds(30);

/** Tries with full jitter; the first failure is a warning, the rest is said at debug. */
export function attempts(
  facts: { readonly bridge: string; readonly direction: string },
  { retryMin: min, retryMax: max }: Pick<BridgeOptions, 'retryMin' | 'retryMax'>,
  { clock, random, log, onLost }: AttemptsParts,
): Attempts {
  /** Clock ticks. */
  let connectedAt: number | undefined;
  const begun = (): void => {
    connectedAt = clock.ticks();
    log.info('bridge.connected', facts);
  };
  return {
    get connected() {
      return connectedAt !== undefined;
    },
    async run(connect, signal) {
      for (let attempt = 0; !signal.aborted; attempt++) {
        // A signal of its own, so that listeners do not pile up on one that lives as long as the node.
        const cause = await connect(AbortSignal.any([signal]), begun);
        const since = connectedAt;
        connectedAt = undefined;
        if (signal.aborted) return;
        const failure = { ...facts, ...describeFailure(cause) };
        if (since === undefined) log[attempt === 0 ? 'warn' : 'debug']('bridge.unreachable', failure);
        else {
          onLost();
          log.warn('bridge.lost', failure);
          if (clock.ticks() - since >= steady) attempt = 0;
        }
        await clock.sleep(backoff(random, attempt, { min, max }), signal).catch(() => undefined);
      }
    },
  };
}
