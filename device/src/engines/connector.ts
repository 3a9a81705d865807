import { backoff, type Clock, type Duration, describeFailure, type Log, type Random, seconds } from '@selvedge/kernel';
import type { Connection, Session, Transport } from '../ports.ts';

export interface ConnectorWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly transport: Transport;
}

export interface ConnectorOptions {
  readonly session: Session;
  readonly retry: { readonly min: Duration; readonly max: Duration };
  /** Prepares a new connection; the device is online when it settles. */
  greet(connection: Connection): Promise<void>;
  /** Uses the connection until it is lost or `signal` aborts; rejects then. */
  serve(connection: Connection, signal: AbortSignal): Promise<never>;
  /** The last words over a connection that still holds when the device stops. */
  depart(connection: Connection): Promise<void>;
}

export interface Connector {
  readonly connected: boolean;
  /** Why there is no connection, in one line; absent while there is one. */
  readonly lastFailure: string | undefined;
  /** Connects, and connects again, until `signal` aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
  /** Settles when there is a connection; rejects when `signal` aborts. */
  whenConnected(signal: AbortSignal): Promise<void>;
}

/** A connection that held this long was a good one: the attempts before it do not make the next one wait. */
const steadyAfter = seconds(5);

/** Keeps a connection to the edge, with full jitter between the attempts, so that a fleet does not come back at once. */
export function connector(options: ConnectorOptions, world: ConnectorWorld): Connector {
  const { clock, random, log } = world;
  let connection: Connection | undefined;
  let lastFailure: string | undefined;
  let change = Promise.withResolvers<void>();

  const once = async (signal: AbortSignal): Promise<never> => {
    const opened = await world.transport.connect(options.session, signal);
    try {
      await options.greet(opened);
      connection = opened;
      lastFailure = undefined;
      change.resolve();
      return await options.serve(opened, signal);
    } finally {
      connection = undefined;
      change = Promise.withResolvers();
      if (signal.aborted && !opened.lost.aborted) await options.depart(opened).catch(() => undefined);
      await opened.close();
    }
  };

  return {
    get connected() {
      return connection !== undefined;
    },
    get lastFailure() {
      return lastFailure;
    },
    async run(signal) {
      for (let attempt = 0; !signal.aborted; attempt++) {
        const since = clock.ticks();
        await once(signal).catch((cause: unknown) => {
          if (signal.aborted) return;
          lastFailure = cause instanceof Error ? cause.message : String(cause);
          log.debug('edge.lost', { device: options.session.clientId, ...describeFailure(cause) });
        });
        if (clock.ticks() - since > steadyAfter) attempt = 0;
        await clock.sleep(backoff(random, attempt, options.retry), signal).catch(() => undefined);
      }
    },
    async whenConnected(signal) {
      const aborted = Promise.withResolvers<never>();
      const abort = (): void => aborted.reject(signal.reason);
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort, { once: true });
      try {
        while (!connection) await Promise.race([change.promise, aborted.promise]);
      } finally {
        signal.removeEventListener('abort', abort);
      }
    },
  };
}
