import { defineMetrics, type Log, logTo, type Metrics, seeded, seededEntropy } from '@selvedge/kernel';
import { simulatedClock, timeline } from '@selvedge/testkit';
import {
  type Address,
  coapEndpoint,
  coapMetrics,
  type Datagram,
  decodeDatagram,
  type Endpoint,
  type EndpointOptions,
  encodeDatagram,
  type Message,
  memoryNetwork,
  type Security,
  type Streams,
} from '../../src/index.ts';

/** What the way between sockets does to each datagram. Delays are one way, in milliseconds. */
export interface Weather {
  readonly loss?: number;
  readonly duplication?: number;
  readonly delay?: { readonly min: number; readonly max: number };
}

export interface Line {
  readonly level: string;
  readonly event: string;
}

export interface Made extends Endpoint {
  readonly metrics: Metrics<typeof coapMetrics>;
  readonly log: Line[];
  /** Where its datagrams come in. */
  readonly at: Address;
  /** The URL of a path there. */
  url(path: string): string;
}

/** A socket in the test's hand. */
export interface Raw {
  readonly at: Address;
  readonly inbox: Buffer[];
  send(bytes: Buffer, to: Address): void;
  /** The messages that have come, decoded, since the last call. */
  take(): readonly Datagram[];
}

/** One simulated network. Nothing in it waits for real time. */
export function simulated(seed = 1, weather: Weather = {}) {
  const line = timeline();
  const clock = simulatedClock(line);
  const chance = seeded(seed);
  const { min, max } = weather.delay ?? { min: 5, max: 5 };
  /** Every datagram that was sent, lost or not. */
  const sent: { readonly at: number; readonly from: Address; readonly to: Address; readonly bytes: Buffer }[] = [];
  let isCut = false;
  const network = memoryNetwork({ clock }, (deliver, from, to, bytes) => {
    sent.push({ at: line.now, from, to, bytes });
    const copies = chance.next() < (weather.duplication ?? 0) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const isLost = chance.next() < (weather.loss ?? 0);
      const delay = min + (max - min) * chance.next();
      if (!isLost && !isCut) line.plan(line.now + delay, deliver);
    }
  });
  let made = 0;

  const endpoint = async (
    options: EndpointOptions = {},
    extra: { readonly security?: Security; readonly streams?: Streams } = {},
  ): Promise<Made> => {
    made += 1;
    const metrics = defineMetrics(coapMetrics);
    const lines: Line[] = [];
    const log: Log = logTo((level, event) => lines.push({ level, event }), 'debug');
    const one = coapEndpoint(options, {
      clock,
      random: seeded(seed * 100 + made),
      entropy: seededEntropy(seed * 100 + made),
      transports: [
        network.datagrams({ host: `10.0.0.${made}`, port: 5_683 }),
        ...(extra.streams ? [extra.streams] : []),
      ],
      log,
      metrics,
      ...(extra.security ? { security: extra.security } : {}),
    });
    await one.start(new AbortController().signal);
    const at = one.addresses[0]!;
    return Object.assign(one, { metrics, log: lines, at, url: (path: string) => `coap://${at.host}/${path}` });
  };

  const raw = async (host?: string): Promise<Raw> => {
    made += 1;
    const socket = network.datagrams({ host: host ?? `10.0.0.${made}`, port: 4_000 });
    const inbox: Buffer[] = [];
    let taken = 0;
    const at = await socket.start((bytes) => inbox.push(bytes));
    return {
      at,
      inbox,
      send: socket.send,
      take() {
        const fresh = inbox.slice(taken);
        taken = inbox.length;
        return fresh.map((bytes) => {
          const decoded = decodeDatagram(bytes);
          if (!decoded.ok) throw new Error(decoded.why);
          return decoded.value;
        });
      },
    };
  };

  const run = (milliseconds: number): Promise<void> => line.run(line.now + milliseconds);

  /** Lets time pass until the promise has settled. */
  const until = async <Value>(promise: Promise<Value>, within = 600_000, step = 10): Promise<Value> => {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    promise.then(mark, mark);
    for (const end = line.now + within; !settled && line.now < end; ) await run(step);
    if (!settled) throw new Error(`nothing within ${within} ms`);
    return promise;
  };

  return {
    clock,
    line,
    network,
    sent,
    endpoint,
    raw,
    run,
    until,
    cut: (is: boolean) => {
      isCut = is;
    },
  };
}

/** A message in few words. */
export const message = (about: Partial<Message> & { readonly code: number }): Message => ({
  token: Buffer.alloc(0),
  options: [],
  payload: Buffer.alloc(0),
  ...about,
});

/** `con(7, …)` is the datagram of a confirmable message with the id 7. */
export const con = (id: number, about: Parameters<typeof message>[0]): Buffer => encodeDatagram(0, id, message(about));
export const non = (id: number, about: Parameters<typeof message>[0]): Buffer => encodeDatagram(1, id, message(about));
export const ack = (id: number, about: Parameters<typeof message>[0] = { code: 0 }): Buffer =>
  encodeDatagram(2, id, message(about));
export const rst = (id: number): Buffer => encodeDatagram(3, id, message({ code: 0 }));
