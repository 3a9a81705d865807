import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { millis, readConfig, silentLog } from '@selvedge/kernel';
import { systemClock, systemEntropy, systemRandom } from '@selvedge/kernel/system';
import { connectAsync, type MqttClient } from 'mqtt';
import { findCommand, freePort, watch } from '../../../../tools/world.ts';
import { edgeConfig, edgeNodeFlags } from '../../config.ts';
import { edgeMachine } from '../../machine.ts';
import { loopback } from './bridge.fixture.ts';

export const noMosquitto = findCommand('mosquitto') ? false : 'mosquitto is not installed';

/** A folder for servers; at its end those that still run are killed, and it is gone. */
export interface Home extends Disposable {
  readonly path: string;
  readonly children: ChildProcess[];
}

export function home(): Home {
  const path = mkdtempSync(join(tmpdir(), 'selvedge-bridge-'));
  const children: ChildProcess[] = [];
  return {
    path,
    children,
    [Symbol.dispose]() {
      for (const child of children) child.kill('SIGKILL');
      rmSync(path, { recursive: true, force: true });
    },
  };
}

export interface Server {
  /** Ends it in order. */
  stop(): Promise<void>;
  /** Ends it at once, as a power cut of the process. */
  kill(): Promise<void>;
}

/** Debian's Mosquitto as it is installed, with its files in `home`, so that it can be ended and begun again. */
export function mosquittoIn(home: Home, port: number, more = ''): Promise<Server> {
  const user = process.getuid?.() === 0 ? 'user root' : '';
  const lines = [`listener ${port} ${loopback}`, 'allow_anonymous true', 'persistence true'];
  const config = join(home.path, 'mosquitto.conf');
  writeFileSync(config, [...lines, `persistence_location ${home.path}/`, 'log_dest stderr', user, more].join('\n'));
  return serve(home, findCommand('mosquitto')!, ['-c', config], ' running');
}

async function serve(home: Home, command: string, args: readonly string[], until: string): Promise<Server> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  home.children.push(child);
  const server = watch(child);
  await server.saw(until);
  return {
    stop: async () => void (await server.stop()),
    async kill() {
      child.kill('SIGKILL');
      await server.ended;
    },
  };
}

export interface EdgeOptions {
  readonly home: Home;
  readonly port: number;
  readonly bridges: readonly object[];
}

const settingsOf = ({ home, port, bridges }: EdgeOptions): Record<string, string> => ({
  data: join(home.path, 'edge'),
  bridges: JSON.stringify(bridges),
  'link.url': '',
  'mqtt.port': `${port}`,
  'mqtt.wsPort': '0',
  'mqtt.tlsPort': '0',
  'http.port': '0',
  'coap.udp': '',
  'coap.tcp': '',
  'coap.tls': '',
});

/** A whole edge node in a process of its own; settles when it has said `until`. */
export function edgeIn(options: EdgeOptions, until = 'node.started'): Promise<Server> {
  const flags = Object.entries(settingsOf(options)).flatMap(([name, value]) => [`--${name}`, value]);
  const main = new URL('../../main.ts', import.meta.url).pathname;
  return serve(options.home, process.execPath, [...edgeNodeFlags, main, ...flags], until);
}

/** How many readings the journal of a node that has ended holds; each name counts once. */
export async function readingsIn(options: EdgeOptions): Promise<number> {
  const flags = { ...settingsOf({ ...options, bridges: [] }), 'mqtt.port': '0' };
  const world = { clock: systemClock, random: systemRandom, entropy: systemEntropy, log: silentLog };
  const machine = await edgeMachine(readConfig(edgeConfig, { prefix: 'SELVEDGE_EDGE', env: {}, flags }), world);
  await machine.start(new AbortController().signal);
  try {
    return (await machine.node.audit()).journaledReadings;
  } finally {
    await machine.stop();
  }
}

/** Makes the session of a client that stays away, so that what it subscribes to waits for it. */
export async function awaySession(port: number, clientId: string, filter: string): Promise<void> {
  const client = await connectAsync(`mqtt://${loopback}:${port}`, awayOptions(clientId));
  await client.subscribeAsync(filter, { qos: 2 });
  await client.endAsync();
}

export const awayOptions = (clientId: string) =>
  ({ clientId, clean: false, protocolVersion: 5, properties: { sessionExpiryInterval: 3_600 } }) as const;

/** A client that publishes until it is acknowledged, through every loss of the connection. */
export interface Stubborn {
  publish(topic: string, payload: string, qos: 1 | 2): Promise<void>;
  end(): Promise<void>;
}

export function stubborn(port: number): Stubborn {
  const options = { protocolVersion: 5, reconnectPeriod: 0 } as const;
  const ignore = (): void => undefined;
  let client: MqttClient | undefined;
  const attempt = async (topic: string, payload: string, qos: 1 | 2): Promise<void> => {
    // A new client after each loss, so that nothing but this sends again.
    client ??= (await connectAsync(`mqtt://${loopback}:${port}`, options, false)).on('error', ignore);
    const one = client;
    const over = Promise.withResolvers<never>();
    const close = (): void => over.reject(new Error('closed'));
    one.once('close', close);
    try {
      await Promise.race([one.publishAsync(topic, payload, { qos }), over.promise]);
    } finally {
      one.off('close', close);
    }
  };
  return {
    async publish(topic, payload, qos) {
      for (;;) {
        try {
          return await attempt(topic, payload, qos);
        } catch {
          client = undefined;
          await systemClock.sleep(millis(20));
        }
      }
    },
    end: async () => await client?.endAsync(true),
  };
}

export { freePort };
