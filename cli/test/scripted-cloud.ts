import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

export interface Answer {
  readonly status?: number;
  readonly body?: unknown;
}

/** Answers by `METHOD /path`; what is not there is a 404 problem. */
export type Script = Readonly<Record<string, (asked: Asked) => Answer>>;

export interface ScriptedCloud extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly asked: readonly Asked[];
}

/** A cloud of one's own on loopback. `feeds` are the messages of each connection to the feed, which is then closed. */
export async function scriptedCloud(
  script: Script,
  feeds: readonly (readonly object[])[] = [],
): Promise<ScriptedCloud & { readonly feedsAsked: readonly (string | undefined)[] }> {
  const asked: Asked[] = [];
  const feedsAsked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => (text += part));
    request.on('end', () => {
      const url = new URL(request.url!, 'http://cloud');
      const one: Asked = {
        method: request.method!,
        path: url.pathname,
        query: Object.fromEntries(url.searchParams),
        authorization: request.headers.authorization,
        body: text === '' ? undefined : JSON.parse(text),
      };
      asked.push(one);
      const { status = 200, body } =
        script[`${one.method} ${one.path}`]?.(one) ?? problem(404, 'API_NOT_FOUND', 'there is no such thing');
      response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  const sockets = new WebSocketServer({ server, path: '/v1/feed' });
  sockets.on('connection', (socket, request) => {
    feedsAsked.push(new URL(request.url!, 'http://cloud').searchParams.get('since') ?? undefined);
    for (const message of feeds[feedsAsked.length - 1] ?? []) socket.send(JSON.stringify(message));
    socket.close();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    asked,
    feedsAsked,
    async [Symbol.asyncDispose]() {
      sockets.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A problem document as of RFC 9457. */
export const problem = (status: number, code: string, detail: string): Answer => ({
  status,
  body: { type: `urn:selvedge:fault:${code}`, title: code, status, detail, code, hint: 'what the cloud advises' },
});
