import { type Log, millis, seconds, seeded, seededEntropy, service, silentLog } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import { type Broker, broker, type JournalSessions, memorySessions, type SessionStore } from '@selvedge/mqtt';
import { connect, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import { openAccess } from '../../engines/access/access.fixture.ts';
import { checkBridges } from '../../engines/bridge/check.ts';
import type { BridgeRule } from '../../engines/bridge/rule.ts';
import { type Intake, type Snapshots, verdict } from '../../ports.ts';
import { mqttDoor } from '../mqtt/door.ts';
import { type Bridges, nodeBridges } from './bridges.ts';

export const loopback = '127.0.0.1';
const listener = (port: number) => ({ transport: 'tcp', host: loopback, port }) as const;

const patience = seconds(10);

/** Waits until `look` finds something. */
export async function until<Value>(look: () => Value | undefined | false): Promise<Value> {
  const latest = systemClock.ticks() + patience;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (systemClock.ticks() > latest) throw new Error(`it did not happen within ${patience} ms: ${look}`);
    await systemClock.sleep(millis(2));
  }
}

/** An external broker of our own make; on the same sessions and port it is the same one started again. */
export async function otherBroker(sessions: SessionStore = memorySessions(), port = 0): Promise<Broker> {
  const world = { clock: systemClock, random: seeded(2), log: silentLog, sessions };
  const one = broker({ listeners: [listener(port)] }, world);
  await one.start(new AbortController().signal);
  return one;
}

export const portOf = (one: { readonly listening: readonly { readonly port: number }[] }): number =>
  one.listening[0]!.port;

export interface SiteOptions {
  readonly node?: string;
  /** What each bridge adds to name and url. */
  readonly rules: readonly Partial<BridgeRule>[];
  readonly protocol?: '5' | '3.1.1';
  readonly ports: readonly number[];
  readonly intake?: Intake;
  readonly sessions?: SessionStore;
  readonly snapshots?: Snapshots;
  readonly log?: Log;
  readonly more?: Readonly<Record<string, unknown>>;
}

export interface Site extends AsyncDisposable {
  readonly port: number;
  readonly bridges: Bridges;
  readonly door: ReturnType<typeof mqttDoor>;
  /** Settles when all directions are connected. */
  connected(): Promise<unknown>;
  /** The value of a metric, such as `edge_bridge_dropped_total{bridge="b0",direction="in",reason="looped"}`. */
  metric(series: string): number;
}

export const plain: Intake = { take: () => verdict.plain, commit: () => Promise.resolve() };

/** An MQTT door with its gate and its bridges, `b0` to the first port and so on. */
export async function site(options: SiteOptions): Promise<Site> {
  const { node = 'edge-1', protocol = '5', ports, rules, log = silentLog } = options;
  const access = await openAccess();
  const snapshots = options.snapshots ?? memorySnapshots();
  const checked = checkBridges(
    ports.map((port, index) => ({
      name: `b${index}`,
      url: `mqtt://${loopback}:${port}`,
      protocol,
      retryMin: '5ms',
      retryMax: '20ms',
      rules,
      ...options.more,
    })),
  );
  if (!checked.ok) throw new Error(checked.why);
  const lent = { clock: systemClock, random: seeded(3), entropy: seededEntropy(4), log };
  const bridges = await nodeBridges(
    { node, bridges: checked.value, passwords: {} },
    { ...lent, snapshots, accept: (stream, about) => door.accept(stream, about) },
  );
  const door = mqttDoor(
    { listeners: [listener(0)], clientsMax: 100, packetSizeMax: 2 ** 20 },
    { ...lent, gate: bridges.gate(access.gate), sessions: served(options.sessions ?? memorySessions()) },
    options.intake ?? plain,
  );
  await door.start(access.signal);
  await bridges.start(access.signal);
  return {
    port: portOf(door),
    bridges,
    door,
    connected: () => until(() => bridges.states().every((way) => way.connected)),
    metric(series) {
      const line = bridges
        .metrics()
        .split('\n')
        .find((one) => one.startsWith(`${series} `));
      return Number(line?.slice(series.length + 1) ?? 0);
    },
    async [Symbol.asyncDispose]() {
      await bridges.stop();
      await door.stop();
    },
  };
}

/** The door starts and stops its sessions; those in memory need neither. */
const served = (sessions: SessionStore): JournalSessions =>
  Object.assign(service({ start: () => undefined, stop: () => undefined }), sessions, { sizeBytes: 0 });

export function memorySnapshots(): Snapshots {
  const all = new Map<string, Buffer>();
  return {
    read: (name) => Promise.resolve(all.get(name)),
    write: (name, bytes) => Promise.resolve(void all.set(name, Buffer.from(bytes))),
  };
}

export interface Guest extends AsyncDisposable {
  readonly client: MqttClient;
  /** What it got, in order. */
  readonly got: IPublishPacket[];
  /** The payloads of it. */
  texts(): readonly string[];
  publish(topic: string, payload: string, options?: object): Promise<unknown>;
}

/** A client by mqtt.js that hears `filters`. */
export async function guest(
  port: number,
  filters: readonly string[] = [],
  options: IClientOptions = {},
): Promise<Guest> {
  const client = connect(`mqtt://${loopback}:${port}`, { protocolVersion: 5, reconnectPeriod: 0, ...options });
  const got: IPublishPacket[] = [];
  // To a kept session messages come at once.
  client.on('message', (_topic, _payload, packet) => void got.push(packet));
  await new Promise((resolve, reject) => client.once('connect', resolve).once('error', reject));
  if (filters.length > 0) await client.subscribeAsync([...filters], { qos: 2 });
  return {
    client,
    got,
    texts: () => got.map(({ payload }) => payload.toString()),
    publish: (topic, payload, of = {}) => client.publishAsync(topic, payload, { qos: 1, ...of }),
    async [Symbol.asyncDispose]() {
      await client.endAsync(true);
    },
  };
}
