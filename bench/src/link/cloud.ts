import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, type Running, start } from '../process.ts';

/** A cloud in a process of its own, whose ports stay the same when it starts again. */
export interface BenchCloud {
  readonly ports: { readonly api: number; readonly link: number };
  /** The address of the link, at another port where something stands between. */
  linkUrl(port?: number): string;
  start(): Promise<Running>;
  ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer>;
  /** A counter or gauge of its metrics, over all labels. */
  metric(name: string): Promise<number>;
  /** Settles when a node is online; rejects after a minute without one. */
  online(): Promise<void>;
  /** Tells of each reading of the device that reaches the live feed, by when it was taken. */
  watch(device: string, heard: (takenAt: number) => void): Promise<() => void>;
  /** Tells of each alert that does, by its device. */
  watchAlerts(heard: (device: string) => void): Promise<() => void>;
}

export async function benchCloud(data: string, flags: readonly string[] = []): Promise<BenchCloud> {
  const ports = { api: await freePort(), link: await freePort() };
  const base = `http://127.0.0.1:${ports.api}`;
  const token = async (): Promise<string> => (await readFile(join(data, 'operator.token'), 'utf8')).trim();
  const call = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const headers = { authorization: `Bearer ${await token()}`, ...(body !== undefined && json) };
    const answer = await fetch(base + path, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`);
    return answer;
  };
  const feed = async (heard: (event: FeedEvent) => void): Promise<() => void> => {
    const { WebSocket } = await import('ws');
    const headers = { authorization: `Bearer ${await token()}` };
    const socket = new WebSocket(`${base.replace('http', 'ws')}/v1/feed`, { headers });
    socket.on('error', () => undefined);
    socket.on('message', (data) => heard({ data: {}, ...JSON.parse(String(data)) }));
    return () => socket.terminate();
  };
  return {
    ports,
    linkUrl: (port = ports.link) => `wss://127.0.0.1:${port}/link`,
    start: () =>
      start(
        '../../cloud/src/main.ts',
        [],
        {
          SELVEDGE_CLOUD_DATA: data,
          SELVEDGE_CLOUD_API_PORT: String(ports.api),
          SELVEDGE_CLOUD_LINK_PORT: String(ports.link),
          SELVEDGE_CLOUD_LOG_LEVEL: 'error',
        },
        flags,
      ),
    ask: async <Answer>(method: string, path: string, body?: unknown) =>
      (await (await call(method, path, body)).json()) as Answer,
    async metric(name) {
      const text = await (await call('GET', '/metrics')).text();
      const lines = text.split('\n').filter((line) => line.startsWith(name) && /[ {]/.test(line[name.length] ?? ''));
      return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
    },
    async online() {
      for (let tries = 0; tries < 300; tries++) {
        const { nodes } = (await (await call('GET', '/v1/nodes')).json()) as { nodes: { online: boolean }[] };
        if (nodes.some((node) => node.online)) return;
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
      throw new Error('no node came online within a minute');
    },
    watch: (device, heard) =>
      feed(({ kind, data }) => {
        if (kind === 'reading' && data.device === device) heard(data.takenAt!);
      }),
    watchAlerts: (heard) =>
      feed(({ kind, data }) => {
        if (kind === 'alert') heard(data.device!);
      }),
  };
}

const json = { 'content-type': 'application/json' };

interface FeedEvent {
  readonly kind: string;
  readonly data: { readonly device?: string; readonly takenAt?: number };
}
