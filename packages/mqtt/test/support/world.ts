import { type Duplex, duplexPair } from 'node:stream';
import { defineMetrics, type LogFields, type LogLevel, logTo, type Metrics, seeded } from '@selvedge/kernel';
import { type Broker, type BrokerOptions, type BrokerWorld, broker, mqttMetrics } from '../../src/index.ts';
import { settle, type TestClock, testClock } from './clock.ts';
import { type Packet, parse } from './parse.ts';
import { type ConnectFields, connect, type Version } from './wire.ts';

/** A peer over an in-memory stream that says exactly the bytes a test gives it. */
export interface Peer {
  readonly stream: Duplex;
  /** Sends, and lets everything happen that follows without time passing. */
  send(...bytes: readonly Uint8Array[]): Promise<void>;
  /** What has come since the last call. */
  take(): Packet[];
  /** What has come of one kind since the last call; the rest is thrown away. */
  take(kind: string): Packet[];
  /** The first packet of those not yet taken. */
  takeOne(): Packet | undefined;
  /** How many separate writes the broker has made. */
  readonly writes: number;
  /** The broker has ended the connection. */
  readonly ended: boolean;
}

export interface World {
  readonly broker: Broker;
  readonly clock: TestClock;
  readonly metrics: Metrics<typeof mqttMetrics>;
  readonly logged: readonly (readonly [LogLevel, string, LogFields])[];
  /** A stream on which nothing has been said yet. */
  raw(version?: Version): Peer;
  /** A peer whose CONNECT has been sent and whatever was answered is still to be taken. */
  dial(fields?: ConnectFields): Promise<Peer>;
  /** A connected peer; the CONNACK has been taken, and nothing else. Throws unless it says 0. */
  join(clientId: string, fields?: ConnectFields): Promise<Peer>;
}

export type WorldOptions = Omit<BrokerOptions, 'listeners'> & Partial<Omit<BrokerWorld, 'log' | 'metrics' | 'clock'>>;

/** A started broker without listeners, on a clock that stands still. */
export async function openWorld({ limits, status, ...lent }: WorldOptions = {}): Promise<World> {
  const clock = testClock();
  const metrics = defineMetrics(mqttMetrics);
  const logged: [LogLevel, string, LogFields][] = [];
  const log = logTo((level, event, fields) => void logged.push([level, event, fields]), 'debug');
  const options = { ...(limits ? { limits } : {}), ...(status ? { status } : {}) };
  const one = broker(options, { clock, metrics, log, random: seeded(1), ...lent });
  await one.start(new AbortController().signal);
  let ports = 40_000;
  const raw = (version: Version = 4): Peer => {
    const [theirs, ours] = duplexPair();
    const peer = peerOn(theirs, version);
    one.accept(ours, { address: `test:${ports++}`, secure: false });
    return peer;
  };
  const dial = async (fields: ConnectFields = {}): Promise<Peer> => {
    const peer = raw(fields.version ?? 4);
    await peer.send(connect(fields));
    return peer;
  };
  return {
    broker: one,
    clock,
    metrics,
    logged,
    raw,
    dial,
    async join(clientId, fields = {}) {
      const peer = await dial({ clientId, ...fields });
      const connack = peer.takeOne();
      if (connack?.kind !== 'connack' || connack.code !== 0) throw new Error(`refused: ${JSON.stringify(connack)}`);
      return peer;
    },
  };
}

/** Reads what a broker says on the other end of `stream`. */
export function peerOn(stream: Duplex, version: Version): Peer {
  let unread = Buffer.alloc(0);
  let packets: Packet[] = [];
  let writes = 0;
  let ended = false;
  stream.on('data', (chunk: Buffer) => {
    writes += 1;
    const { packets: some, used } = parse((unread = Buffer.concat([unread, chunk])), version);
    unread = unread.subarray(used);
    packets.push(...some);
  });
  stream.on('end', () => {
    ended = true;
    stream.end();
  });
  stream.on('close', () => (ended = true));
  stream.on('error', () => (ended = true));
  return {
    stream,
    async send(...bytes) {
      stream.write(Buffer.concat(bytes));
      await settle();
    },
    take(kind?: string) {
      const taken = packets;
      packets = [];
      return kind === undefined ? taken : taken.filter((one) => one.kind === kind);
    },
    takeOne: () => packets.shift(),
    get writes() {
      return writes;
    },
    get ended() {
      return ended;
    },
  };
}

/** An intake whose commits a test settles by hand. */
export function manualIntake(verdict: (topic: string, payload: string) => number = () => 0) {
  const taken: string[] = [];
  const commits: { resolve(): void; reject(cause: Error): void }[] = [];
  return {
    taken,
    commits,
    take(_publisher: unknown, publish: { topic: string; bytes: Buffer; start: number; end: number }): number {
      const payload = publish.bytes.toString('utf8', publish.start, publish.end);
      taken.push(`${publish.topic} ${payload}`);
      return verdict(publish.topic, payload);
    },
    commit: (): Promise<void> =>
      new Promise((resolve, reject) => {
        commits.push({ resolve, reject });
      }),
    /** Settles the oldest commit. */
    async settle(refusal?: Error): Promise<void> {
      const commit = commits.shift();
      if (refusal) commit?.reject(refusal);
      else commit?.resolve();
      await settle();
    },
  };
}
