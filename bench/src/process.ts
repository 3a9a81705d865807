import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { edgeNodeEnvironment, edgeNodeFlags } from '@selvedge/edge/config';
import type { LoadOrder, LoadResult } from './load.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** A process of the house under measurement. */
export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  /** What it said when it was ready. */
  readonly ready: Record<string, unknown>;
  /** Milliseconds from the fork to that. */
  readonly readyMs: number;
  stop(): Promise<void>;
  kill(): Promise<void>;
}

/** A process that was forked; `ready` is its first message, and rejects when it ends without one. */
export interface Launched {
  readonly child: ChildProcess;
  readonly ready: Promise<Record<string, unknown>>;
}

/** Forks a script of the house. */
export function launch(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  nodeFlags: readonly string[] = [],
): Launched {
  const child = fork(here(script), args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning', ...nodeFlags],
  });
  let complaint = '';
  child.stderr!.on('data', (part: Buffer) => (complaint = (complaint + part.toString()).slice(-4_000)));
  const firstMessage = async (): Promise<Record<string, unknown>> => {
    const [message] = (await Promise.race([once(child, 'message'), once(child, 'exit').then(() => [undefined])])) as [
      Record<string, unknown> | undefined,
    ];
    if (!message || 'failed' in message || message['ready'] === false)
      throw new Error(`${script} did not start:\n${complaint || JSON.stringify(message)}`);
    return message;
  };
  return { child, ready: firstMessage() };
}

/** Forks a script of the house and waits for its first message. */
export async function start(...order: Parameters<typeof launch>): Promise<Running> {
  const from = performance.now();
  const { child, ready } = launch(...order);
  const message = await ready;
  const readyMs = performance.now() - from;
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  return { child, pid: child.pid!, ready: message, readyMs, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

/** A port that was free a moment ago. */
export const freePort = (): Promise<number> => portLike(0);

/**
 * A port that nobody has and the system gives to nobody by itself, neither to a server nor to a client: it is still free
 * when a server that died comes back to it.
 */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(22_000 * Math.random());
    if ((await portLike(port).catch(() => undefined)) !== undefined) return port;
  }
}

async function portLike(wanted: number): Promise<number> {
  const server = createServer().listen(wanted, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

export interface EdgePorts {
  readonly mqtt: number;
  readonly http: number;
}

/** Starts an edge node on a data folder, by default without a cloud. */
export const startEdge = (...place: Parameters<typeof edgeOrder>): Promise<Running> => start(...edgeOrder(...place));

/** The same, without waiting for it. */
export const launchEdge = (...place: Parameters<typeof edgeOrder>): Launched => launch(...edgeOrder(...place));

function edgeOrder(
  data: string,
  ports: EdgePorts,
  env: Readonly<Record<string, string>> = {},
): Parameters<typeof launch> {
  const settings = {
    SELVEDGE_EDGE_DATA: data,
    SELVEDGE_EDGE_MQTT_PORT: String(ports.mqtt),
    SELVEDGE_EDGE_MQTT_WS_PORT: '0',
    SELVEDGE_EDGE_MQTT_TLS_PORT: '0',
    SELVEDGE_EDGE_HTTP_PORT: String(ports.http),
    SELVEDGE_EDGE_COAP_UDP: '127.0.0.1:0',
    SELVEDGE_EDGE_LINK_URL: '',
    SELVEDGE_EDGE_LOG_LEVEL: 'warn',
    ...edgeNodeEnvironment,
    ...env,
  };
  return ['../../edge/src/main.ts', [], settings, edgeNodeFlags];
}

/** Runs the load in its own process and gives what was acknowledged. */
export async function load(order: LoadOrder): Promise<LoadResult> {
  const child = fork(here('./load.ts'), [JSON.stringify(order)], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  for (;;) {
    const [message] = (await Promise.race([once(child, 'message'), once(child, 'exit').then(() => [undefined])])) as [
      { result?: LoadResult } | undefined,
    ];
    if (!message) throw new Error('the load process ended without a result');
    if (message.result) {
      await once(child, 'exit');
      return message.result;
    }
  }
}

/** Resident memory of a process, in MiB. */
export async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) / 1_024;
}

/** A folder that is gone when `work` has ended. */
export async function inScratch<Value>(work: (dir: string) => Promise<Value>): Promise<Value> {
  const dir = await mkdtemp(join(tmpdir(), 'selvedge-bench-'));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)]!;
};

/** The value below which `share` of the values lie. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
};

/** Milliseconds of a fixed piece of work: says how fast the machine is at this moment. */
export function calibrate(): number {
  const from = performance.now();
  let state = 1;
  for (let i = 0; i < 20_000_000; i++) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
  return performance.now() - from + (state & 0);
}
