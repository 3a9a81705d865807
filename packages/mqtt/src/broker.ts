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
import { Arrivals } from './connection/arrivals.ts';
import { Assembly } from './connection/assembly.ts';
import { Connections } from './connection/connections.ts';
import { Flusher } from './connection/flusher.ts';
import { gateOf } from './connection/gate.ts';
import { reauthorize } from './connection/reauthorize.ts';
import { redirect } from './connection/redirect.ts';
import { Shares } from './connection/shares.ts';
import { Turn } from './connection/turn.ts';
import { events } from './events.ts';
import { mqttFaults } from './faults.ts';
import { type Hub, scratch } from './hub.ts';
import type { Message } from './message.ts';
import { mqttMetrics } from './metrics.ts';
import { browseRetained, type RetainedPage, type RetainedQuery } from './operations/browse-retained.ts';
import { Rates } from './operations/rates.ts';
import { type Ended, revoke } from './operations/revoke.ts';
import { Status } from './operations/status.ts';
import { type Trace, Traces } from './operations/trace.ts';
import type { About, Access, Intake, Listener, SessionStore, Spool } from './ports.ts';
import { reason } from './reason.ts';
import { Parcel, Receipt } from './router/parcel.ts';
import { Router } from './router/router.ts';
import { Topics } from './router/topics.ts';
import { Keeper } from './session/keeper.ts';
import { restoreState } from './session/restore.ts';
import { Sessions } from './session/sessions.ts';
import { Spooler } from './spool/spooler.ts';
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
  /** Without it every payload is whole in memory. */
  readonly spool?: Spool;
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
  /**
   * Disconnects a client, with 0x98 (administrative action) unless another reason code is given; with 0x9C and 0x9D a
   * server reference tells a version 5 client where to go. False: it is not connected.
   */
  kick(clientId: string, reasonCode?: number, serverReference?: string): boolean;
  /** Asks access anew about a client, or all: call it when permissions have changed. */
  reauthorize(clientId?: string): void;
  /**
   * Ends everything of the clients that `whose` names, because they may be clients no longer: connections close at once
   * with 0x87, sessions and what they queue end, wills are not published, and retained messages that they published are
   * cleared. Settles when the store knows it; access must refuse them by then.
   */
  revoke(whose: (clientId: string) => boolean): Promise<Ended>;
  /** The retained messages that `filter` matches, a page at a time; undefined if it is no filter. */
  retained(filter: string, query?: RetainedQuery): RetainedPage | undefined;
  /** Writes down what a client and the broker say for `seconds`, secrets left out; undefined: too many are traced. */
  trace(clientId: string, seconds: number): Trace | undefined;
  /** The trace of the client, under way or over. */
  traceOf(clientId: string): Trace | undefined;
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
  const rates = new Rates();
  const traces = new Traces(hub);
  const status = new Status(hub, options.status);
  const listening: Listening[] = [];
  const listeners: Listener[] = [];
  const ended = new AbortController();
  const gate = gateOf(hub);

  const start = async (signal: AbortSignal): Promise<void> => {
    await restoreState(hub);
    for (const one of options.listeners ?? []) {
      signal.throwIfAborted();
      const listener = listenerOf(one, hub.log);
      const port = await listener.start(gate);
      listeners.push(listener);
      listening.push({ transport: one.transport, host: one.host, port });
    }
    every(hub.clock, sweepPeriod, ended.signal, () => {
      sweep(hub);
      rates.sweep(hub, hub.clock.ticks());
      traces.sweep(hub.clock.ticks());
      status.sweep(hub.clock.ticks());
    }).catch((cause: unknown) => {
      hub.log.error('mqtt.sweep.failed', { message: String(cause) });
    });
  };

  const stop = async (): Promise<void> => {
    ended.abort();
    await Promise.all(listeners.map((listener) => listener.stop()));
    listening.length = 0;
    hub.arrivals.end();
    for (const connection of hub.connections) connection.halt();
    await within(hub.clock, commitMax, hub.turn.idle());
    for (const connection of hub.connections) {
      connection.closeForGood(reason.serverShuttingDown, 'the server stops');
    }
    await within(hub.clock, lingerMax, hub.connections.gone());
    for (const connection of hub.connections) connection.stream.destroy();
    // The end of a connection has published its will.
    await within(hub.clock, commitMax, hub.turn.idle());
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
      for (const session of hub.sessions) yield clientInfo(session, hub.wallOffset(), rates);
    },
    kick(clientId, reasonCode = reason.administrativeAction, serverReference) {
      const connection = hub.sessions.get(clientId)?.connection;
      if (connection && serverReference !== undefined) redirect(connection, reasonCode, serverReference);
      else connection?.close(reasonCode);
      return connection !== undefined;
    },
    reauthorize(clientId) {
      for (const session of hub.sessions) {
        if (session.connection && (clientId ?? session.clientId) === session.clientId) reauthorize(session.connection);
      }
    },
    revoke: (whose) => revoke(hub, whose),
    retained: (filter, query) => browseRetained(hub, filter, query),
    trace: (clientId, duration) => traces.start(clientId, duration),
    traceOf: (clientId) => traces.get(clientId),
    onConnected: (listener) => hub.events.connected.listen(listener),
    onDisconnected: (listener) => hub.events.disconnected.listen(listener),
    onSubscribed: (listener) => hub.events.subscribed.listen(listener),
    listening,
    accept: gate.accept,
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
  hub.arrivals.sweep(now);
  hub.connections.sweep(now);
  hub.sessions.sweep(now);
  hub.assembly.sweep(now);
  hub.router.retained.expireSome(now);
  hub.tally.report();
  hub.tally.gauge(hub.sessions.connected, hub.sessions.count, hub.router.retained.count);
  hub.tally.gaugeReading(hub.arrivals.count, hub.shares.deferred);
  hub.tally.gaugeLarge(hub.assembly, hub.spooler?.sizeBytes ?? 0);
}

function hubOf(options: BrokerOptions, world: BrokerWorld): Hub {
  const { clock, log, random, intake, access, sessions: store, spool } = world;
  const limits = { ...defaultLimits, ...options.limits };
  const tally = new Tally(world.metrics ?? defineMetrics(mqttMetrics));
  const keeper = new Keeper({ clock, log, intake, store });
  const router = new Router(limits, () => tally.dropped('not-retained', 1), keeper.retained);
  const flusher = new Flusher(clock);
  const turn = new Turn({ clock, log, intake, keeper, router, flusher, tally });
  // Payloads of an earlier life are found also by a broker whose intake wants everything in memory.
  const from = intake && !intake.takesSpooled ? Number.POSITIVE_INFINITY : limits.spoolFrom;
  const whenKept = (act: () => void, failed: () => void): void => keeper.whenKept(act, failed);
  const spooler = spool && new Spooler({ spool, log, from, whenKept });
  const parts = { limits, clock, random, log, intake, access, store, keeper, tally, router, flusher, turn, spooler };
  const hub: Hub = {
    ...parts,
    events: events(log),
    topics: new Topics(limits.topicLevelsMax),
    arrivals: new Arrivals(limits, tally, () => clock.ticks()),
    connections: new Connections(limits),
    shares: new Shares(clock),
    assembly: new Assembly(limits, () => clock.ticks()),
    scratch: scratch(),
    wallOffset: () => clock.wall() - clock.ticks(),
    get sessions() {
      return sessions;
    },
  };
  const sessions = new Sessions(hub);
  return hub;
}
