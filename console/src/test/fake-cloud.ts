import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { WebSocketServer } from 'ws';
import type { AlertState, FeedEvent } from '../api/views.ts';
import { fakeQuarantine, seriesOf, statisticsOf } from './fake-fleet.ts';
import { type FakeState, fakeState } from './fake-state.ts';
import { fakeVersions } from './fake-versions.ts';

/** What a strict server would send; the console has to live with it. */
const contentPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Events that a reader can still resume from. */
const bufferMax = 500;

export interface FakeCloud extends AsyncDisposable {
  readonly url: string;
  readonly state: FakeState;
  /** Every write that came, as `METHOD path`, with its body. */
  readonly writes: { readonly what: string; readonly body: unknown }[];
  /** Sequences that readers asked to resume from. */
  readonly resumes: (number | null)[];
  /** Answers nothing any more and drops everybody, or comes back. */
  setUp(isUp: boolean): void;
  /** Begins a new life: sequences start anew and nothing can be resumed. */
  forget(): void;
  /** Refuses the next write with this problem. */
  refuseNext(problem: { status: number; title: string; detail: string; hint: string }): void;
  publish(event: FeedEvent): void;
  setSignedIn(isSignedIn: boolean): void;
}

export interface FakeOptions {
  readonly dist: string;
  readonly devices?: number;
  readonly beatMs?: number;
  /** Between the states of a command. */
  readonly stepMs?: number;
}

/** The public contract of the cloud over a script: HTTP API, feed and the console's files. Listens on a port of the system's choice. */
export async function fakeCloud({ dist, devices = 20, beatMs = 1_000, stepMs = 400 }: FakeOptions): Promise<FakeCloud> {
  let isUp = true;
  let isSignedIn = true;
  let sequence = 1_000;
  let buffer: { readonly sequence: number; readonly text: string }[] = [];
  let refusal: { status: number; title: string; detail: string; hint: string } | undefined;
  const writes: { what: string; body: unknown }[] = [];
  const resumes: (number | null)[] = [];
  const feed = new WebSocketServer({ noServer: true });

  const publish = (event: FeedEvent): void => {
    sequence += 1;
    const text = JSON.stringify({ sequence, ...event });
    buffer = [...buffer, { sequence, text }].slice(-bufferMax);
    for (const socket of feed.clients) socket.send(text);
  };
  const state = fakeState(devices, publish);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://fake');
    if (!url.pathname.startsWith('/v1/')) return serveFile(dist, url.pathname, response);
    const body = await bodyOf(request);
    if (request.method !== 'GET') writes.push({ what: `${request.method} ${url.pathname}`, body });
    const isSession = url.pathname === '/v1/session';
    if (isSession && request.method === 'POST') {
      const { code } = body as { code?: string };
      if (code !== 'good-code')
        return problem(
          response,
          401,
          'API_SIGN_IN_REFUSED',
          'Sign-in refused',
          'the code is unknown, used up or too old',
          'Make a new one: `npx --no-install selvedge console`.',
        );
      isSignedIn = true;
      return json(response, 200, { operator: 'operator' });
    }
    if (isSession && request.method === 'DELETE') {
      isSignedIn = false;
      return json(response, 204, null);
    }
    if (url.pathname === '/v1/sign-ins' && request.headers.authorization === 'Bearer good-token')
      return json(response, 201, { code: 'good-code' });
    if (!isSignedIn || url.pathname === '/v1/sign-ins')
      return problem(
        response,
        401,
        'API_UNAUTHORIZED',
        'Not signed in',
        'no token came with the request',
        'Sign in with a link from `npx --no-install selvedge console`.',
      );
    if (request.method === 'POST' && refusal) {
      const { status, title, detail, hint } = refusal;
      refusal = undefined;
      return problem(response, status, 'API_REFUSED', title, detail, hint);
    }
    const found = route(state, request.method ?? 'GET', url, body, stepMs);
    if (found === undefined)
      return problem(
        response,
        404,
        'API_NOT_FOUND',
        'Not found',
        `there is no ${url.pathname}`,
        'Check the address; the list has all that exist.',
      );
    return json(response, request.method === 'POST' && url.pathname.endsWith('/commands') ? 202 : 200, found);
  }

  const server = createServer((request, response) => {
    if (!isUp) return void request.socket.destroy();
    response.setHeader('content-security-policy', contentPolicy);
    response.setHeader('x-content-type-options', 'nosniff');
    void answer(request, response);
  });
  server.on('upgrade', (request, socket, head) => {
    if (!isUp || !isSignedIn) return void socket.destroy();
    const asked = new URL(request.url ?? '/', 'http://fake').searchParams.get('since');
    const since = asked === null ? null : Number(asked);
    resumes.push(since);
    feed.handleUpgrade(request, socket, head, (accepted) => {
      const first = buffer[0]?.sequence ?? sequence + 1;
      const resumed = since !== null && since >= first - 1 && since <= sequence;
      accepted.send(JSON.stringify({ kind: 'hello', sequence: resumed ? since : sequence, resumed }));
      if (resumed) for (const event of buffer) if (event.sequence > since) accepted.send(event.text);
    });
  });
  const beat = setInterval(() => isUp && state.beat(Date.now()), beatMs);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const drop = (): void => {
    for (const socket of feed.clients) socket.terminate();
    server.closeAllConnections();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    state,
    writes,
    resumes,
    setUp(next) {
      isUp = next;
      if (!next) drop();
    },
    forget() {
      sequence = 5;
      buffer = [];
      drop();
    },
    refuseNext: (next) => void (refusal = next),
    publish,
    setSignedIn: (next) => void (isSignedIn = next),
    async [Symbol.asyncDispose]() {
      clearInterval(beat);
      drop();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The answer to a request for something that exists, else undefined. */
function route(state: FakeState, method: string, url: URL, body: unknown, stepMs: number): unknown {
  const [, , noun, id = '', part, ...rest] = url.pathname.split('/').map(decodeURIComponent);
  const query = Object.fromEntries(url.searchParams);
  const limit = Number(query['limit'] ?? 100);
  const now = Date.now();
  const device = state.byId.get(id);
  if (noun === 'session') return { operator: 'operator' };
  if (noun === 'nodes' && part === 'configuration') return { versions: fakeVersions(id, now) };
  if (noun === 'nodes') return id === '' ? { nodes: [...state.nodes.values()] } : state.nodes.get(id);
  if (noun === 'audit') return state.audit(now);
  if (noun === 'quarantine') return { quarantined: fakeQuarantine(now), total: 4 };
  if (noun === 'twin-conflicts') return { conflicts: state.twin.conflicts() };
  if (noun === 'alerts' && method === 'POST')
    return state.changeAlert(id, part === 'clear' ? 'cleared' : 'acknowledged');
  if (noun === 'alerts') {
    const alerts = [...state.alerts.values()].filter(
      (one) =>
        (query['state'] === undefined || one.state === (query['state'] as AlertState)) &&
        (query['device'] === undefined || one.device === query['device']),
    );
    return { alerts: alerts.sort((a, b) => b.lastAt - a.lastAt).slice(0, limit) };
  }
  if (noun === 'commands') {
    const commands = [...state.commands.values()].filter(
      (one) => query['device'] === undefined || one.device === query['device'],
    );
    return { commands: commands.sort((a, b) => b.issuedAt - a.issuedAt).slice(0, limit) };
  }
  if (noun !== 'devices') return undefined;
  if (id === '') {
    const ids = state.devices
      .filter(
        (one) => one.id.includes(query['text'] ?? '') && (query['type'] === undefined || one.type === query['type']),
      )
      .map((one) => one.id)
      .sort();
    const page = ids.filter((one) => one > (query['after'] ?? '')).slice(0, limit);
    return { devices: page.map(state.view), total: ids.length };
  }
  if (!device) return undefined;
  if (part === undefined) return state.view(id);
  if (part === 'twin') return state.twin.answer(method, rest, body);
  if (part === 'metrics') return { metrics: Object.keys(device.metrics) };
  if (part === 'statistics') return { statistics: statisticsOf(device, now) };
  if (part === 'series') {
    const range = { from: Number(query['from']), to: Number(query['to']), points: Number(query['points']) };
    return {
      metric: query['metric'],
      points: seriesOf(device, query['metric'] ?? '', range, state.view(id)!.lastSeen),
    };
  }
  if (part !== 'commands' || method !== 'POST') return undefined;
  const order = body as { command: string; arguments?: Record<string, number>; expiresInSeconds?: number };
  return state.order(id, order.command, order.expiresInSeconds ?? 60, order.arguments ?? {}, stepMs);
}

async function serveFile(dist: string, path: string, response: ServerResponse): Promise<void> {
  const type = types[extname(path)];
  const file = join(dist, type === undefined ? 'index.html' : normalize(path));
  const content = await readFile(file).catch(() => undefined);
  response.writeHead(content ? 200 : 404, { 'content-type': types[extname(file)] ?? 'text/plain' });
  response.end(content);
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString();
  return text === '' ? undefined : JSON.parse(text);
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(status === 204 ? '' : JSON.stringify(body));
}

function problem(
  response: ServerResponse,
  status: number,
  code: string,
  title: string,
  detail: string,
  hint: string,
): void {
  response.writeHead(status, { 'content-type': 'application/problem+json' });
  response.end(JSON.stringify({ type: `urn:selvedge:fault:${code}`, title, status, detail, code, hint }));
}
