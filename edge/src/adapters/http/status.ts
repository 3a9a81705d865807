import { createServer, type ServerResponse } from 'node:http';
import { type Service, service } from '@selvedge/kernel';
import { edgeFaults } from '../../faults.ts';

export interface StatusOptions {
  readonly host: string;
  readonly port: number;
}

/** What the pages show; asked at each request. */
export interface StatusPages {
  readonly status: () => unknown;
  readonly metrics: () => string;
}

/** `/healthz`, `/v1/status` and `/metrics`, read only. */
export function statusServer(options: StatusOptions, pages: StatusPages): Service & { readonly port: number } {
  const answer = (response: ServerResponse, status: number, type: string, body: string): void => {
    response.writeHead(status, {
      'content-type': type,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    response.end(body);
  };
  const server = createServer((request, response) => {
    if (request.method !== 'GET') return answer(response, 405, 'text/plain', 'only GET\n');
    if (request.url === '/healthz') return answer(response, 200, 'application/json', '{"status":"ok"}\n');
    if (request.url === '/v1/status')
      return answer(response, 200, 'application/json', `${JSON.stringify(pages.status())}\n`);
    if (request.url === '/metrics') return answer(response, 200, 'text/plain; version=0.0.4', pages.metrics());
    return answer(response, 404, 'text/plain', 'no such page\n');
  });
  server.requestTimeout = 10_000;
  return Object.defineProperty(
    service({
      start: () =>
        new Promise<void>((resolve, reject) => {
          server.once('error', (cause: NodeJS.ErrnoException) =>
            reject(cause.code === 'EADDRINUSE' ? portTaken(options) : cause),
          );
          server.listen(options.port, options.host, resolve);
        }),
      stop: () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    }) as Service & { readonly port: number },
    'port',
    { get: () => (server.address() as { port: number } | null)?.port ?? options.port },
  );
}

const portTaken = ({ host, port }: StatusOptions): Error =>
  edgeFaults(
    'EDGE_PORT_TAKEN',
    `http.port (SELVEDGE_EDGE_HTTP_PORT): ${host}:${port} is taken; who holds it: ss -ltnp 'sport = :${port}'`,
    { host, port },
  );
