import { backoff, type Clock, describeFailure, Fault, type Random, seconds } from '@selvedge/kernel';
import WebSocket from 'ws';
import type { FeedMessage } from '../../cloud-views.ts';
import { cliFaults } from '../../faults.ts';
import type { CloudApi, Query } from '../../ports.ts';

export interface CloudOptions {
  /** `http://127.0.0.1:8000`. */
  readonly url: string;
  readonly token: string;
}

export interface CloudWorld {
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal: AbortSignal;
}

/** How long one request may take; an audit reads everything. */
const requestTimeout = seconds(120);

/** The cloud's API over HTTP, and its feed over a WebSocket. */
export function cloudApi(options: CloudOptions, world: CloudWorld): CloudApi {
  const base = options.url.replace(/\/+$/, '');
  const authorization = `Bearer ${options.token}`;

  const ask = async (
    method: string,
    path: string,
    body?: unknown,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Response> => {
    const signal = AbortSignal.any([world.signal, AbortSignal.timeout(requestTimeout)]);
    const headers = { ...more, authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    const init = { method, headers, signal, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    try {
      return await world.fetch(`${base}${path}`, init);
    } catch (cause) {
      world.signal.throwIfAborted();
      throw unreachable(base, cause);
    }
  };

  const read = async <Answer>(response: Response): Promise<Answer> => {
    const text = await response.text();
    let answer: unknown;
    try {
      answer = text === '' ? undefined : JSON.parse(text);
    } catch (cause) {
      const message = `${response.url} answered ${response.status} with something that is not JSON`;
      throw cliFaults('CLOUD_ANSWER_UNREADABLE', message, { status: response.status }, cause);
    }
    if (response.ok) return answer as Answer;
    throw problemFault(response.status, answer);
  };

  return {
    url: base,
    get: async <Answer>(path: string, query: Query = {}) => read<Answer>(await ask('GET', path + queryText(query))),
    post: async <Answer>(path: string, body: unknown = {}) => read<Answer>(await ask('POST', path, body)),
    patch: async <Answer>(path: string, body: unknown, version?: string) =>
      read<Answer>(await ask('PATCH', path, body, version === undefined ? {} : { 'if-match': `"${version}"` })),
    put: async <Answer>(path: string, body: unknown, version: string) =>
      read<Answer>(await ask('PUT', path, body, { 'if-match': `"${version}"` })),
    async clockAhead() {
      const sent = world.clock.wall();
      const response = await ask('GET', '/healthz');
      await response.arrayBuffer();
      const theirs = Date.parse(response.headers.get('date') ?? '');
      // The header is cut to whole seconds, so on average half a second has passed since; the answer took its way too.
      return theirs + 500 - (sent + world.clock.wall()) / 2;
    },
    feed: (signal) => feed(base, authorization, world, signal),
  };
}

async function* feed(
  base: string,
  authorization: string,
  world: CloudWorld,
  signal: AbortSignal,
): AsyncIterable<FeedMessage> {
  let since: number | undefined;
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      for await (const message of feedOnce(base, since, authorization, signal)) {
        since = message.sequence;
        attempt = 0;
        yield message;
      }
    } catch (cause) {
      if (signal.aborted) return;
      // The first attempt tells whether there is a feed at all; later ones outlast a restart of the cloud.
      if (since === undefined || (cause instanceof Fault && cause.retry === 'never')) throw cause;
    }
    const wait = backoff(world.random, attempt, { min: seconds(0.5), max: seconds(10) });
    await world.clock.sleep(wait, signal).catch(() => undefined);
  }
}

/** Messages that may wait for the reader before the cloud is made to wait. */
const waitingMax = 1_000;

async function* feedOnce(
  base: string,
  since: number | undefined,
  authorization: string,
  signal: AbortSignal,
): AsyncIterable<FeedMessage> {
  const url = `${base.replace(/^http/, 'ws')}/v1/feed${queryText({ since })}`;
  const socket = new WebSocket(url, { headers: { authorization } });
  const waiting: FeedMessage[] = [];
  let failure: Error | undefined;
  let wake = Promise.withResolvers<void>();
  const end = (cause: Error): void => {
    failure ??= cause;
    wake.resolve();
    socket.terminate();
  };
  socket.on('message', (data) => {
    waiting.push(JSON.parse(String(data)) as FeedMessage);
    if (waiting.length >= waitingMax) socket.pause();
    wake.resolve();
  });
  socket.on('unexpected-response', (_request, response) =>
    end(problemFault(response.statusCode ?? 0, { title: `${url} answered ${response.statusCode}` })),
  );
  socket.on('error', (cause) => end(unreachable(base, cause)));
  socket.on('close', () => end(unreachable(base, new Error('the feed was closed'))));
  const abort = (): void => end(new Error('stopped'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    while (!signal.aborted) {
      for (let message = waiting.shift(); message; message = waiting.shift()) yield message;
      if (socket.isPaused) socket.resume();
      if (failure) throw failure;
      await wake.promise;
      wake = Promise.withResolvers();
    }
  } finally {
    signal.removeEventListener('abort', abort);
    socket.terminate();
  }
}

function queryText(query: Query): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const text = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString();
  return text === '' ? '' : `?${text}`;
}

function unreachable(url: string, cause: unknown): Fault {
  const deepest = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
  const { code, message } = describeFailure(deepest);
  const reason = code ?? (deepest as { code?: unknown }).code ?? message;
  return cliFaults('CLOUD_UNREACHABLE', `the cloud at ${url} does not answer (${String(reason)})`, { url }, cause);
}

/** The fault that a problem document (RFC 9457) tells. */
function problemFault(status: number, answer: unknown): Fault {
  const problem = (answer ?? {}) as { code?: unknown; detail?: unknown; title?: unknown; hint?: unknown };
  const text = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);
  const message = text(problem.detail, text(problem.title, `the cloud answered ${status}`));
  const hint = text(problem.hint, status === 401 ? 'Give the token of an operator: --token TOKEN' : 'selvedge doctor');
  return new Fault(text(problem.code, `HTTP_${status}`), { hint, retry: status >= 500 ? 'later' : 'never' }, message, {
    status,
  });
}
