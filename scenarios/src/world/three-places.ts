import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { findCommand } from '../../../tools/world/debian.ts';
import type { Namespaces } from '../../../tools/world/netns.ts';
import { layRoads, type Relay } from '../../../tools/world/netns-relay.ts';
import { watch } from '../../../tools/world/watch.ts';
import type { DeviceOrder } from './device-process.ts';

export const places = ['device', 'edge', 'cloud', 'between'] as const;
export type Place = (typeof places)[number];

/** The roads: south from the devices to the edge, north from there to the cloud. */
export const roads = ['south', 'north'] as const;

const address = { device: '10.77.1.1', edgeSouth: '10.77.1.2', edgeNorth: '10.77.2.1', cloud: '10.77.2.2' };
const ports = { mqtt: 1_883, http: 8_080, api: 8_000, link: 8_443 };
const cli = fileURLToPath(new URL('../../../cli/bin/selvedge.mjs', import.meta.url));
const deviceProcess = fileURLToPath(new URL('./device-process.ts', import.meta.url));

/** The program in three places, each a network namespace, and the roads between them. */
export interface ThreePlaces {
  readonly relay: Relay;
  launchCloud(): ChildProcess;
  launchEdge(token: string): ChildProcess;
  launchDevice(order: Pick<DeviceOrder, 'id' | 'password' | 'first'>): ChildProcess;
  /** `mosquitto_pub`, for one payload. */
  publish(device: string, token: string, payload: string): ChildProcess;
  /** Asks the cloud or the edge from its own place, as its operator, until there is an answer; rejects after `patienceMs`. */
  insist<Answer>(whom: 'cloud' | 'edge', path: string, body?: unknown, patienceMs?: number): Promise<Answer>;
  /** Settles when the node has its certificate: whoever is killed before that needs a new token. */
  enrolled(): Promise<void>;
  /** What `selvedge audit --json` says in the cloud's place, or why it gave no answer. */
  audit(): Promise<Audit | Unaudited>;
}

export interface Audit {
  readonly balanced: boolean;
  readonly complete: boolean;
  readonly lost: number;
  readonly doubled: number;
  readonly altered: number;
  readonly pending: number;
}

export interface Unaudited {
  /** What the command said instead. */
  readonly why: string;
}

/** Lays the roads and says how to start things; nothing runs yet but the relay. All data is in `dir`. */
export async function threePlaces(namespaces: Namespaces<Place>, dir: string, seed: number): Promise<ThreePlaces> {
  const relay = await layRoads(namespaces, {
    home: 'between',
    seed,
    roads: [
      {
        name: 'south',
        near: { place: 'device', address: address.device },
        far: { place: 'edge', address: address.edgeSouth },
      },
      {
        name: 'north',
        near: { place: 'edge', address: address.edgeNorth },
        far: { place: 'cloud', address: address.cloud },
      },
    ],
  });
  const data = { cloud: join(dir, 'cloud'), edge: join(dir, 'edge') };
  const operator = async (whom: 'cloud' | 'edge'): Promise<string> =>
    (await readFile(join(data[whom], 'operator.token'), 'utf8')).trim();

  const run = (place: Place, args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess =>
    namespaces.spawn(place, process.execPath, args, {
      env: { ...ownEnvironment(), ...env },
      stdio: [place === 'device' ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    });

  const ask = async <Answer>(whom: 'cloud' | 'edge', path: string, body?: unknown): Promise<Answer> => {
    const json = ['-H', 'content-type: application/json', '-d', JSON.stringify(body)];
    const answer = await namespaces.run(whom, findCommand('curl')!, [
      ...['-sS', '--fail-with-body', '--max-time', '60', '-H', `authorization: Bearer ${await operator(whom)}`],
      ...(body === undefined ? [] : json),
      `http://127.0.0.1:${whom === 'cloud' ? ports.api : ports.http}${path}`,
    ]);
    return JSON.parse(answer) as Answer;
  };

  const insist: ThreePlaces['insist'] = async (whom, path, body, patienceMs = 60_000) => {
    for (const latest = performance.now() + patienceMs; ; await sleep(500)) {
      try {
        return await ask(whom, path, body);
      } catch (cause) {
        if (performance.now() > latest) throw cause;
      }
    }
  };

  return {
    relay,
    launchCloud: () =>
      quiet(
        run('cloud', [
          ...[cli, 'cloud', '--data', data.cloud, '--logLevel', 'warn', '--api.port', String(ports.api)],
          ...['--link.host', address.cloud, '--link.port', String(ports.link), '--link.names', address.cloud],
        ]),
      ),
    launchEdge: (token) =>
      quiet(
        run(
          'edge',
          [
            ...[cli, 'edge', '--data', data.edge, '--logLevel', 'warn', '--http.port', String(ports.http)],
            ...['--mqtt.host', address.edgeSouth, '--mqtt.port', String(ports.mqtt)],
            ...['--link.url', `wss://${address.cloud}:${ports.link}/link`],
            ...['--link.silenceMax', '10s', '--link.retryMax', '3s'],
          ],
          { SELVEDGE_EDGE_LINK_TOKEN: token },
        ),
      ),
    launchDevice: ({ id, password, first }) => {
      const order: DeviceOrder = {
        id,
        first,
        every: 100,
        url: `mqtt://${address.edgeSouth}:${ports.mqtt}`,
        username: id,
        dir: join(dir, id),
        ...(password === undefined ? {} : { password }),
      };
      return run('device', ['--disable-warning=ExperimentalWarning', deviceProcess, JSON.stringify(order)]);
    },
    publish: (device, token, payload) =>
      namespaces.spawn(
        'device',
        findCommand('mosquitto_pub')!,
        [
          ...['-h', address.edgeSouth, '-p', String(ports.mqtt), '-q', '1', '-i', device, '-u', device, '-P', token],
          ...['-t', `sensors/${device}/data`, '-m', payload],
        ],
        { stdio: 'ignore' },
      ),
    insist,
    async enrolled() {
      while ((await insist<{ nodes: unknown[] }>('cloud', '/v1/nodes')).nodes.length === 0) await sleep(200);
    },
    async audit() {
      const url = `http://127.0.0.1:${ports.api}`;
      const child = run('cloud', [cli, 'audit', '--json', '--cloud', url, '--token', await operator('cloud')]);
      const { code, stdout, stderr } = await watch(child).ended;
      return stdout === '' ? { why: `exit ${code}: ${stderr}` } : (JSON.parse(stdout) as Audit);
    },
  };
}

/** This process's environment without what would set up the program. */
const ownEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('SELVEDGE_') && name !== 'NODE_TEST_CONTEXT'),
  );

/** Lets a process say on its stdout what it wants. */
function quiet(child: ChildProcess): ChildProcess {
  child.stdout!.resume();
  return child;
}
