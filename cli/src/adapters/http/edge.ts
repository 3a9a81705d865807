import { describeFailure, Fault, seconds } from '@selvedge/kernel';
import { cliFaults } from '../../faults.ts';
import type { EdgeApi, Query } from '../../ports.ts';

export interface EdgeOptions {
  /** `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly token: string;
}

export interface EdgeWorld {
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
}

/** How long one request may take; the edge answers when what was asked is durable. */
const requestTimeout = seconds(30);

/** The operator's part of an edge node's HTTP interface. */
export function edgeApi({ url, token }: EdgeOptions, world: EdgeWorld): EdgeApi {
  const base = url.replace(/\/+$/, '');
  const ask = async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
    const signal = AbortSignal.any([world.signal, AbortSignal.timeout(requestTimeout)]);
    const headers = {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    let response: Response;
    try {
      const text = body === undefined ? {} : { body: JSON.stringify(body) };
      response = await world.fetch(`${base}${path}`, { method, headers, signal, ...text });
    } catch (cause) {
      world.signal.throwIfAborted();
      throw unreachable(base, cause);
    }
    const answer = await answerOf(response);
    if (response.ok) return answer as Answer;
    throw problemFault(response.status, answer);
  };
  return {
    get: (path, query = {}) => ask('GET', path + queryText(query)),
    post: (path, body) => ask('POST', path, body),
    remove: (path) => ask('DELETE', path),
  };
}

async function answerOf(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch (cause) {
    const message = `${response.url} answered ${response.status} with something that is not JSON`;
    throw cliFaults('EDGE_ANSWER_UNREADABLE', message, { status: response.status }, cause);
  }
}

function queryText(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}

function unreachable(url: string, cause: unknown): Fault {
  const deepest = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
  const { code, message } = describeFailure(deepest);
  const reason = code ?? (deepest as { code?: unknown }).code ?? message;
  return cliFaults('OPERATIONS_UNREACHABLE', `the edge at ${url} does not answer (${String(reason)})`, { url }, cause);
}

/** The fault that a problem document (RFC 9457) tells. */
function problemFault(status: number, answer: unknown): Fault {
  const problem = (answer ?? {}) as Partial<Record<'code' | 'detail' | 'title' | 'hint', unknown>>;
  const text = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);
  const message = text(problem.detail, text(problem.title, `the edge answered ${status}`));
  const hint = text(problem.hint, 'Give the token from operator.token in the data folder of the edge: --token TOKEN');
  return new Fault(text(problem.code, `HTTP_${status}`), { hint, retry: status >= 500 ? 'later' : 'never' }, message, {
    status,
  });
}
