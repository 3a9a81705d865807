import type { Duplex } from 'node:stream';
import {
  type Clock,
  type Duration,
  defineMetrics,
  every,
  type Log,
  type Metrics,
  millis,
  type Random,
  type Service,
  service,
} from '@selvedge/kernel';
import { listenerOf } from './adapters/listener.ts';
import { type ClientInfo, clientInfo } from './client-info.ts';
import { type BrokerOptions, defaultLimits, type ListenerOptions } from './config.ts';
import { Connection } from './connection/connection.ts';
import { Connections } from './connection/connections.ts';
import { Flusher } from './connection/flusher.ts';
import { reauthorize } from './connection/reauthorize.ts';
import { Turn } from './connection/turn.ts';
import { events } from './events.ts';
import { mqttFaults } from './faults.ts';
import { type Hub, scratch } from './hub.ts';
import type { Message } from './message.ts';
import { mqttMetrics } from './metrics.ts';
import type { About, Access, Intake, Listener, SessionStore } from './ports.ts';
import { reason } from './reason.ts';
import { Parcel, Receipt } from './router/parcel.ts';
import { Router } from './router/router.ts';
import { Topics } from './router/topics.ts';
import { restoreSessions } from './session/restore.ts';
import { Sessions } from './session/sessions.ts';
import { Tally } from './tally.ts';

export interface BrokerWorld {
  readonly clock: Clock;
  /** For assigned client identifiers; not for secrets. */
  readonly random: Random;
  readonly log: Log;
  /** Without it a publish is routed and acknowledged at the end of the event-loop turn. */
  readonly intake?: Intake;
  /** Without it everybody may do everything but publish to `$` topics. */
  readonly access?: Access;
  /** Without it sessions live as long as the broker. */
  readonly sessions?: SessionStore;
  readonly metrics?: Metrics<typeof mqttMetrics>;
}

export interface Published {
  /** Sessions, connected or kept, that took the message. */
  readonly matched: number;
  /**
   * The client id of the first session whose QoS 1 or 2 handshake completes; undefined once none can, and for QoS 0.
   * Never rejects.
   */
  readonly acknowledged: Promise<string | undefined>;
}

/** Where a listener listens, with the port that the system chose. */
export type Listening = Pick<ListenerOptions, 'transport' | 'host' | 'port'>;

/** An MQTT 3.1.1 and 5 broker. `start` throws MQTT_PORT_TAKEN, MQTT_LISTEN_FAILED or MQTT_TLS_MISSING. */
export interface Broker extends Service {
  /** Publishes from the server side, past the intake. Throws MQTT_TOPIC_INVALID. */
  publish(message: Message): Published;
  /** Every session, connected or kept. */
  clients(): Iterable<ClientInfo>;
  /** Disconnects a client, with 0x98 (administrative action) unless another reason code is given. False: it is not connected. */
  kick(clientId: string, reasonCode?: number): boolean;
  /** Asks access anew about a client, or all: call it when permissions have changed. */
  reauthorize(clientId?: string): void;
  /** Each gives the function that ends the listening. */
  onConnected(listener: (clientId: string) => void): () => void;
  onDisconnected(listener: (clientId: string, why: string) => void): () => void;
  onSubscribed(listener: (clientId: string, filter: string) => void): () => void;
  /** Empty before the start and after the end. */
  readonly listening: readonly Listening[];
  /** Serves one byte stream, whatever carries it. */
  accept(stream: Duplex, about: About): void;
}

const sweepPeriod = millis(500);
/** How long a stop waits for the commit under way, and for clients to take their last bytes. */
const commitMax = millis(10_000);
const lingerMax = millis(2_000);

export function broker(options: BrokerOptions, world: BrokerWorld): Broker {
  const hub = hubOf(options, world);
  const listening: Listening[] = [];
  const listeners: Listener[] = [];
  const ended = new AbortController();
  const accept = (stream: Duplex, about: About): void => hub.connections.add(new Connection(hub, stream, about));

  const start = async (signal: AbortSignal): Promise<void> => {
    await restoreSessions(hub);
    for (const one of options.listeners ?? []) {
      signal.throwIfAborted();
      const listener = listenerOf(one, hub.limits, hub.log);
      const port = await listener.start(accept);
      listeners.push(listener);
      listening.push({ transport: one.transport, host: one.host, port });
    }
    every(hub.clock, sweepPeriod, ended.signal, () => sweep(hub)).catch((cause: unknown) => {
      hub.log.error('mqtt.sweep.failed', { message: String(cause) });
    });
  };

  const stop = async (): Promise<void> => {
    ended.abort();
    await Promise.all(listeners.map((listener) => listener.stop()));
    listening.length = 0;
    for (const connection of hub.connections) connection.halt();
    await within(hub.clock, commitMax, hub.turn.idle());
    for (const connection of hub.connections) {
      connection.closeForGood(reason.serverShuttingDown, 'the server stops');
    }
    await within(hub.clock, lingerMax, hub.connections.gone());
    for (const connection of hub.connections) connection.stream.destroy();
    hub.tally.report();
  };

  return {
    ...service({
      async start(signal) {
        try {
          await start(signal);
        } catch (cause) {
          await stop();
          throw cause;
        }
      },
      stop,
    }),
    publish: (message) => publish(hub, message),
    *clients() {
      for (const session of hub.sessions) yield clientInfo(session, hub.wallOffset());
    },
    kick(clientId, reasonCode = reason.administrativeAction) {
      const connection = hub.sessions.get(clientId)?.connection;
      connection?.close(reasonCode);
      return connection !== undefined;
    },
    reauthorize(clientId) {
      for (const session of hub.sessions) {
        if (session.connection && (clientId ?? session.clientId) === session.clientId) reauthorize(session.connection);
      }
    },
    onConnected: (listener) => hub.events.connected.listen(listener),
    onDisconnected: (listener) => hub.events.disconnected.listen(listener),
    onSubscribed: (listener) => hub.events.subscribed.listen(listener),
    listening,
    accept,
  };
}

const nobody = Promise.resolve(undefined);

function publish(hub: Hub, message: Message): Published {
  const topic = hub.topics.fromText(message.topic);
  if (!topic) {
    const why = hub.topics.why(Buffer.from(message.topic), 0, Buffer.byteLength(message.topic)).why;
    throw mqttFaults('MQTT_TOPIC_INVALID', `cannot publish to ${JSON.stringify(message.topic.slice(0, 80))}: ${why}`);
  }
  const { payload, qos = 0, retain = false, properties } = message;
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
  const receipt = qos > 0 ? new Receipt() : undefined;
  const matched = hub.router.route(
    new Parcel(topic, bytes, qos, retain, properties, hub.clock.ticks(), undefined, receipt),
  );
  receipt?.lose();
  return { matched, acknowledged: receipt?.promise ?? nobody };
}

/** Waits for `work`, but not longer than `most`. */
async function within(clock: Clock, most: Duration, work: Promise<void>): Promise<void> {
  const patience = new AbortController();
  const late = clock.sleep(most, patience.signal).catch(() => undefined);
  await Promise.race([work, late]);
  patience.abort();
}

function sweep(hub: Hub): void {
  const now = hub.clock.ticks();
  hub.connections.sweep(now);
  hub.sessions.sweep(now);
  hub.router.retained.expireSome(now);
  hub.tally.report();
  hub.tally.gauge(hub.sessions.connected, hub.sessions.count, hub.router.retained.count);
}

function hubOf(options: BrokerOptions, world: BrokerWorld): Hub {
  const { clock, log, random, intake, access, sessions: store } = world;
  const limits = { ...defaultLimits, ...options.limits };
  const tally = new Tally(world.metrics ?? defineMetrics(mqttMetrics));
  const router = new Router(limits, () => tally.dropped('not-retained', 1));
  const flusher = new Flusher(clock);
  const turn = new Turn({ clock, log, intake, store, router, flusher, tally });
  const parts = { limits, clock, random, log, intake, access, store, tally, router, flusher, turn };
  const hub: Hub = {
    ...parts,
    events: events(log),
    topics: new Topics(limits.topicLevelsMax),
    connections: new Connections(limits),
    scratch: scratch(),
    wallOffset: () => clock.wall() - clock.ticks(),
    get sessions() {
      return sessions;
    },
  };
  const sessions = new Sessions(hub);
  return hub;
}
