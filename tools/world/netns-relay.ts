import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findCommand } from './debian.ts';
import { Missing } from './missing.ts';
import { ip, type Namespaces } from './netns.ts';

/** What a road does to packets, each way; what is absent does not happen. */
export interface Weather {
  /** Nothing passes. */
  readonly cut?: boolean;
  /** Share of packets that are lost. */
  readonly loss?: number;
  /** Least and most milliseconds on the way; the order is kept. */
  readonly delay?: readonly [number, number];
  /** Share that falls behind those after it. */
  readonly late?: number;
  /** Share that comes twice. */
  readonly twice?: number;
  /** Bits per second; what would wait longer than a second for its turn is dropped. */
  readonly rate?: number;
}

/** A way between two places; each end has an address of its own, such as `10.77.1.1`, and one network holds both. */
export interface Road<Place extends string> {
  /** At most 12 letters. */
  readonly name: string;
  readonly near: { readonly place: Place; readonly address: string };
  readonly far: { readonly place: Place; readonly address: string };
}

/** How many packets of a road had which fate. */
export type Fates = Readonly<Record<'carried' | 'lost' | 'cut' | 'late' | 'twice' | 'overflowed' | 'refused', number>>;

export interface Relay {
  /** From now on. */
  weather(road: string, weather: Weather): void;
  counts(): Promise<Readonly<Record<string, Fates>>>;
  stop(): Promise<void>;
}

/**
 * Lays roads of IP between places: each end is a TUN device in its namespace, and a program in `home` carries the packets
 * from one to the other, as the weather is. The kernels' own TCP meets the loss. Throws Missing without TUN devices.
 */
export async function layRoads<Place extends string>(
  namespaces: Namespaces<Place>,
  options: { readonly home: Place; readonly seed: number; readonly roads: readonly Road<Place>[] },
): Promise<Relay> {
  const { home, roads } = options;
  const program = fileURLToPath(new URL('./netns-relay.py', import.meta.url));
  const pairs = roads.map(({ name }) => `${name}-a:${name}-b`);
  const child = namespaces.spawn(home, findCommand('python3', '/usr/bin')!, [program, String(options.seed), ...pairs], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const answers = listen(child);
  const stop = async (): Promise<void> => {
    child.stdin!.end();
    await answers.ended;
  };
  const order = (line: unknown): void => void child.stdin!.write(`${JSON.stringify(line)}\n`);
  try {
    await answers.next();
  } catch (cause) {
    throw new Missing(`TUN devices cannot be opened: ${(cause as Error).message}`, 'give CAP_NET_ADMIN');
  }
  try {
    for (const { name, near, far } of roads) {
      await connect(namespaces, home, `${name}-a`, near, far.address);
      await connect(namespaces, home, `${name}-b`, far, near.address);
    }
  } catch (cause) {
    await stop();
    throw cause;
  }
  return {
    weather: (road, weather) => order({ road: `${road}-a`, weather }),
    async counts() {
      order({ count: true });
      const { counts } = (await answers.next()) as { counts: Record<string, Fates> };
      return Object.fromEntries(Object.entries(counts).map(([device, fates]) => [device.replace(/-a$/, ''), fates]));
    },
    stop,
  };
}

async function connect<Place extends string>(
  { nameOf }: Namespaces<Place>,
  home: Place,
  device: string,
  { place, address }: { readonly place: Place; readonly address: string },
  peer: string,
): Promise<void> {
  await ip('-n', nameOf(home), 'link', 'set', device, 'netns', nameOf(place));
  await ip('-n', nameOf(place), 'address', 'add', address, 'peer', peer, 'dev', device);
  await ip('-n', nameOf(place), 'link', 'set', device, 'up');
}

/** The lines of the relay, one after the other; `next` rejects when it has ended. */
function listen(child: ChildProcess): { next(): Promise<unknown>; readonly ended: Promise<void> } {
  let complaint = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  // An order that comes when it has ended is an end like any other.
  child.stdin!.on('error', () => undefined);
  return {
    async next() {
      const { done, value } = await lines.next();
      if (done === true) throw new Error(`the relay has ended: ${complaint.trim().split('\n').at(-1)}`);
      return JSON.parse(value) as unknown;
    },
    ended: new Promise((resolve) => child.once('close', () => resolve())),
  };
}
