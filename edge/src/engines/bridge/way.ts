import type { Fault } from '@selvedge/kernel';
import { type AttemptsParts, attempts } from './attempts.ts';
import type { Dial, Line, LineEvents } from './line.ts';
import type { Mapping } from './mapping.ts';
import { type Relay, type RelayOptions, relay as relayOf } from './relay.ts';
import type { BridgeOptions, Direction } from './rule.ts';
import type { Subscribed } from './subscribed.ts';

export interface WayOptions extends Pick<BridgeOptions, 'inFlightMax' | 'retryMin' | 'retryMax'> {
  readonly bridge: string;
  readonly direction: Direction;
}

export interface WayParts extends AttemptsParts {
  /** The broker that the messages come from, and the one that they go to. */
  readonly source: Dial;
  readonly sink: Dial;
  readonly mapping: Mapping;
  readonly decide: RelayOptions['decide'];
  readonly subscribed: Subscribed;
  readonly onForwarded: () => void;
  readonly onDropped: RelayOptions['onDropped'];
  /** The source had not kept the session. */
  readonly onSessionLost: () => void;
}

/** One direction of a bridge. */
export interface Way {
  readonly connected: boolean;
  readonly inFlight: number;
  /** Makes the source keep messages from now on, also while the sink cannot be reached. Rejects with a fault. */
  prepare(signal: AbortSignal): Promise<void>;
  /** Keeps both ends connected until `signal` aborts. Never rejects. */
  run(signal: AbortSignal): Promise<void>;
}

export function way(options: WayOptions, parts: WayParts): Way {
  const { log, source, sink, mapping } = parts;
  const { bridge, direction: session } = options;
  const facts = { bridge, direction: session };
  const kept = attempts(facts, options, parts);
  let relay: Relay | undefined;
  /** The source's session is younger than what the sink may have kept of an earlier one. */
  let fresh = false;

  const subscribe = async (line: Line): Promise<void> => {
    const before = await parts.subscribed.read();
    if (!line.resumed && before.length > 0) {
      log.warn('bridge.session_lost', facts);
      parts.onSessionLost();
    }
    const gone = before.filter((filter) => !mapping.wanted.some((one) => one.filter === filter));
    if (line.resumed && gone.length > 0) await line.unsubscribe(gone);
    // Also in a session that was kept: it may be an older state of it.
    await line.subscribe(mapping.wanted);
    await parts.subscribed.write(mapping.wanted.map(({ filter }) => filter));
  };

  /**
   * The sink knows QoS 2 messages by packet identifiers of the source's session. If that is a new one, what the sink has
   * kept of the old would make it take new messages for repeated ones.
   */
  const renew = async (line: Line, events: LineEvents, signal: AbortSignal): Promise<Line> => {
    await line.close();
    const empty = await sink({ session, clean: true, receiveMax: 1 }, events, signal);
    await empty.close();
    return await sink({ session, clean: false, receiveMax: 1 }, events, signal);
  };

  /** Settles with what ended it. */
  const connect = async (signal: AbortSignal, begun: () => void): Promise<unknown> => {
    const lines: Line[] = [];
    const over = Promise.withResolvers<Fault>();
    const events = deafUntil(() => relay);
    try {
      let to = await sink({ session, clean: false, receiveMax: 1 }, events, signal);
      lines.push(to);
      const receiveMax = Math.min(options.inFlightMax, to.limits.receiveMax);
      const from = await source({ session, clean: false, receiveMax }, events, signal);
      lines.push(from);
      fresh ||= !from.resumed;
      if (fresh && to.resumed) lines.push((to = await renew(to, events, signal)));
      relay = relayOf({ ...options, ...parts, onFault: over.resolve }, from, to);
      // In a kept session messages come before the answer to a subscription.
      from.open();
      await subscribe(from);
      fresh = false;
      for (const { lost } of [from, to]) {
        lost.throwIfAborted();
        lost.addEventListener('abort', () => over.resolve(lost.reason as Fault), { once: true });
      }
      begun();
      signal.addEventListener('abort', () => over.resolve(signal.reason as Fault), { once: true });
      return await over.promise;
    } catch (cause) {
      return cause;
    } finally {
      relay = undefined;
      await Promise.allSettled(lines.map((line) => line.close()));
    }
  };

  return {
    get connected() {
      return kept.connected;
    },
    get inFlight() {
      return relay?.inFlight ?? 0;
    },
    async prepare(signal) {
      const line = await source(
        { session, clean: false, receiveMax: 1 },
        deafUntil(() => undefined),
        signal,
      );
      fresh = !line.resumed;
      // What comes now is acknowledged by nobody, and comes again.
      line.open();
      await subscribe(line);
      await line.close();
    },
    run: (signal) => kept.run(connect, signal),
  };
}

/** Line events for a relay that comes into being after the lines. */
function deafUntil(relay: () => Relay | undefined): LineEvents {
  return {
    published: (message, id) => relay()?.published(message, id),
    released: (id) => relay()?.released(id),
    acknowledged: (id, code) => relay()?.acknowledged(id, code),
    received: (id, code) => relay()?.received(id, code),
    completed: (id) => relay()?.completed(id),
  };
}
