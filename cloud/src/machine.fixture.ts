import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LogFields, logTo, readConfig } from '@selvedge/kernel';
import { systemClock, systemEntropy } from '@selvedge/kernel/system';
import { WebSocket } from 'ws';
import { cloudConfig, cloudPrefix } from './config.ts';
import { cloudMachine } from './machine.ts';

/** A folder that goes with its owner. */
export async function scratchFolder() {
  const dir = await mkdtemp(join(tmpdir(), 'selvedge-cloud-'));
  return { dir, [Symbol.asyncDispose]: () => rm(dir, { recursive: true, force: true }) };
}

/** A whole cloud on ports of the system's choice. */
export async function startedMachine(dir: string, flags: Record<string, string> = {}) {
  const settings = { data: join(dir, 'data'), 'api.port': '0', 'link.port': '0', ...flags };
  const config = readConfig(cloudConfig, { prefix: cloudPrefix, env: {}, flags: settings });
  const lines: { event: string; fields: LogFields }[] = [];
  const log = logTo((_level, event, fields) => void lines.push({ event, fields }), 'debug');
  const machine = cloudMachine(config, { clock: systemClock, entropy: systemEntropy, log });
  await machine.start(new AbortController().signal);
  const { reach } = machine;
  const ask = async <Body>(
    path: string,
    options: { method?: string; body?: object; token?: string } = {},
  ): Promise<Body> => {
    const headers = {
      authorization: `Bearer ${options.token ?? reach.operatorToken}`,
      'content-type': 'application/json',
    };
    const body = options.body === undefined ? {} : { body: JSON.stringify(options.body) };
    const answer = await fetch(`${reach.api}${path}`, { method: options.method ?? 'GET', headers, ...body });
    return (await answer.json()) as Body;
  };
  return { machine, reach, lines, ask, data: config.data };
}

export interface FeedMessage {
  readonly kind: string;
  readonly sequence: number;
  readonly resumed?: boolean;
  readonly data?: Record<string, unknown>;
}

/** A listener of the feed, or the status with which it was turned away. */
export function listen(api: string, options: { query?: string; headers?: Record<string, string> }) {
  const heard: FeedMessage[] = [];
  const waiting: { wants: (message: FeedMessage) => boolean; got: (message: FeedMessage) => void }[] = [];
  const socket = new WebSocket(`${api.replace('http', 'ws')}/v1/feed${options.query ?? ''}`, {
    headers: options.headers ?? {},
  });
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString()) as FeedMessage;
    heard.push(message);
    for (const one of waiting.splice(0)) {
      if (one.wants(message)) one.got(message);
      else waiting.push(one);
    }
  });
  const status = new Promise<number>((resolve, reject) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (_request, response) => {
      socket.on('error', () => undefined);
      socket.terminate();
      resolve(response.statusCode ?? 0);
    });
    socket.once('error', reject);
  });
  return {
    socket,
    heard,
    status,
    /** The first message, heard already or yet to come, that is wanted. */
    next: (wants: (message: FeedMessage) => boolean): Promise<FeedMessage> => {
      const found = heard.find(wants);
      return found ? Promise.resolve(found) : new Promise((got) => waiting.push({ wants, got }));
    },
  };
}
