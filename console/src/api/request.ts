import { problemOf, unreachable } from './problem.ts';

export interface RequestOptions {
  readonly body?: unknown;
  readonly signal?: AbortSignal;
  /** The request outlives the page: for what must reach the cloud although the tab is closing. */
  readonly keepalive?: boolean;
  /** An operator's token for this one request; without it the cookie counts. */
  readonly token?: string;
}

/** Asks the HTTP API. Throws a `Problem` when it refuses or does not answer, and the signal's reason when aborted. */
export async function request<Answer>(
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  path: string,
  options: RequestOptions = {},
): Promise<Answer> {
  const response = await send(method, path, options);
  const text = await response.text().catch(() => '');
  const body = parsed(text);
  if (!response.ok) throw problemOf(response.status, body);
  return body as Answer;
}

/** A path below /v1 with each part escaped and absent query members left out. */
export function path(
  parts: readonly string[],
  query: Readonly<Record<string, string | number | undefined>> = {},
): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') search.set(name, `${value}`);
  const text = search.toString();
  return `/v1/${parts.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`;
}

async function send(method: string, url: string, options: RequestOptions): Promise<Response> {
  try {
    return await fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.keepalive ? { keepalive: true } : {}),
      credentials: 'same-origin',
      cache: 'no-store',
    });
  } catch (cause) {
    if (options.signal?.aborted) throw cause;
    throw unreachable();
  }
}

function parsed(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
