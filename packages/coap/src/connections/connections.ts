import { seconds } from '@selvedge/kernel';
import type { Limits } from '../config.ts';
import { coapFaults } from '../faults.ts';
import type { Line, Upcalls } from '../line.ts';
import type { Address, Connected, Streams } from '../ports.ts';
import { type Connection, type ConnectionWorld, connection } from './connection.ts';

/** The connections of one transport: taken ones, and made ones, which later requests to the same place share. */
export interface Connections {
  accept(connected: Connected): void;
  /** Throws COAP_UNREACHABLE or COAP_CLOSED, or the signal's reason. */
  line(to: Address, signal: AbortSignal): Promise<Line>;
  /** Settles when all have ended. */
  stop(): Promise<void>;
}

/** How long a peer that does not read may hold up the end. */
const goodbyeWithin = seconds(1);

export function connections(streams: Streams, limits: Limits, world: ConnectionWorld, upcalls: Upcalls): Connections {
  const { metrics, log } = world;
  const open = new Set<Connection>();
  const made = new Map<string, Promise<Connection>>();
  const stopping = new AbortController();
  let count = 0;
  let emptied: (() => void) | undefined;

  const add = (connected: Connected, ended?: () => void): Connection => {
    // A connection's lines are its own, also when the next one has the same address.
    const key = `${streams.transport} ${++count} ${connected.about.host} ${connected.about.port}`;
    const about = { key, transport: streams.transport, limits };
    const one = connection(connected, about, world, upcalls, () => {
      open.delete(one);
      ended?.();
      if (open.size === 0) emptied?.();
      metrics.connections.set(open.size, streams.transport);
    });
    open.add(one);
    metrics.connections.set(open.size, streams.transport);
    return one;
  };

  /** Its own time limit, because those who wait for it may give up at different times. */
  const make = async (to: Address, ended: () => void): Promise<Connection> => {
    const giveUp = new AbortController();
    const late = world.deadlines.after(limits.connectWithin, () =>
      giveUp.abort(
        coapFaults('COAP_UNREACHABLE', `${to.host}:${to.port} did not answer within ${limits.connectWithin} ms`, {
          ...to,
        }),
      ),
    );
    try {
      const one = add(await streams.connect(to, AbortSignal.any([giveUp.signal, stopping.signal])), ended);
      await one.ready.catch((cause: unknown) => {
        throw coapFaults('COAP_CLOSED', `${to.host}:${to.port} ended the connection at once`, { ...to }, cause);
      });
      return one;
    } finally {
      late.cancel();
    }
  };

  const shared = async (to: Address): Promise<Connection> => {
    const key = `${to.host} ${to.port}`;
    const earlier = made.get(key);
    if (earlier) {
      const one = await earlier;
      if (!one.isClosing) return one;
      if (made.get(key) === earlier) made.delete(key);
      return shared(to);
    }
    const forget = (): void => {
      if (made.get(key) === next) made.delete(key);
    };
    const next = make(to, forget);
    made.set(key, next);
    next.catch(forget);
    return next;
  };

  return {
    accept(connected) {
      if (open.size < limits.connectionsMax) {
        add(connected);
        return;
      }
      metrics.refused.add(1, 'connections');
      log.debug('coap.connection.refused', { host: connected.about.host, open: open.size });
      connected.stream.on('error', () => undefined);
      connected.stream.destroy();
    },
    async line(to, signal) {
      const { promise, reject } = Promise.withResolvers<never>();
      const abort = (): void => reject(signal.reason);
      signal.throwIfAborted();
      signal.addEventListener('abort', abort, { once: true });
      try {
        return (await Promise.race([shared(to), promise])).line;
      } finally {
        signal.removeEventListener('abort', abort);
      }
    },
    async stop() {
      stopping.abort(coapFaults('COAP_STOPPED', 'the endpoint was stopped'));
      for (const one of open) one.release();
      if (open.size === 0) return;
      const patience = new AbortController();
      const { promise, resolve } = Promise.withResolvers<void>();
      emptied = resolve;
      await Promise.race([promise, world.clock.sleep(goodbyeWithin, patience.signal).catch(() => undefined)]);
      patience.abort();
      for (const one of [...open]) one.destroy();
    },
  };
}
