import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import {
  type Clock,
  type Duration,
  describeFailure,
  type Log,
  type Metrics,
  millis,
  minutes,
  type Service,
  seconds,
  service,
} from '@selvedge/kernel';
import { plainAddress } from '../../engines/access/throttle.ts';
import { edgeFaults } from '../../faults.ts';
import { writeAnswer } from './answer.ts';
import type { Exchange } from './exchange.ts';
import { httpFaults } from './faults.ts';
import type { httpMetrics } from './metrics.ts';
import { readTarget } from './paths.ts';
import { problemOf } from './problem.ts';
import type { HttpRoute, Router } from './router.ts';

export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  /** Connections at once; more are closed as they come. */
  readonly connectionsMax: number;
  /** Within which a head and a whole request must have come: 10 s and 2 min unless told. */
  readonly patience?: { readonly head: Duration; readonly request: Duration };
}

export interface ServerParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly router: Router;
  readonly metrics: Metrics<typeof httpMetrics>;
  /** Called before connections are ended, so that who waits is answered. */
  readonly closing: () => void;
}

/** Bytes and number of headers. */
const [headSizeMax, headersMax] = [16_384, 64];

const patience = { head: seconds(10), request: minutes(2) };

/** How long a connection may be idle. */
const idleMax = seconds(30);

/** Requests of one connection that may wait for their answers. */
const pipelineMax = 16;

/** How long requests under way have to end when the door closes. */
const [stopSteps, stopStep] = [40, millis(50)];

/** Node's HTTP server with bounds on all that a client can make it hold. Start throws EDGE_PORT_TAKEN. */
export function httpServer(options: ServerOptions, parts: ServerParts): Service & { readonly port: number } {
  const { metrics, clock, log } = parts;
  const { head, request: whole } = options.patience ?? patience;
  const server = createServer({
    maxHeaderSize: headSizeMax,
    headersTimeout: head,
    requestTimeout: whole,
    keepAliveTimeout: idleMax,
    connectionsCheckingInterval: head / 5,
    // Node would answer in words of its own: `answer` looks after it.
    requireHostHeader: false,
    insecureHTTPParser: false,
    noDelay: true,
  });
  server.maxHeadersCount = headersMax;
  server.maxConnections = options.connectionsMax;
  /** The open connections, each with how many of its requests wait for an answer. */
  const waiting = new Map<Socket, number>();

  const heard = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request;
    const ahead = waiting.get(socket) ?? 0;
    if (ahead >= pipelineMax) {
      metrics.rejected.add(1, 'pipeline');
      socket.destroy();
      return;
    }
    waiting.set(socket, ahead + 1);
    const over = Promise.withResolvers<void>();
    // An answer that stands behind others in the pipeline is not told when the connection closes.
    const end = (): void => {
      socket.off('close', end);
      if (waiting.has(socket)) waiting.set(socket, waiting.get(socket)! - 1);
      over.resolve();
    };
    response.once('close', end);
    socket.once('close', end);
    // Somebody who has gone is told nothing; without a listener the error would be thrown.
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    void answer(parts, request, response, over.promise);
  };
  server.on('request', heard);
  server.on('checkContinue', heard);
  server.on('checkExpectation', heard);
  server.on('clientError', (cause: NodeJS.ErrnoException, socket: Socket) => {
    metrics.rejected.add(1, rejections[cause.code ?? ''] ?? 'malformed');
    rejectHead(cause, socket);
  });
  server.on('drop', () => metrics.rejected.add(1, 'connections'));
  server.on('connection', (socket) => {
    socket.setMaxListeners(pipelineMax + 10);
    waiting.set(socket, 0);
    metrics.connections.set(waiting.size);
    socket.once('close', () => {
      waiting.delete(socket);
      metrics.connections.set(waiting.size);
    });
  });

  const lifecycle = service({
    start: () => listen(server, options),
    async stop() {
      parts.closing();
      const closed = Promise.withResolvers<void>();
      let isClosed = false;
      server.close(() => {
        isClosed = true;
        closed.resolve();
      });
      // Who waits for nothing has had its answers; the others have a while to get theirs.
      for (let step = 0; step < stopSteps && !isClosed; step++) {
        for (const [socket, count] of waiting) if (count === 0) socket.destroySoon();
        await Promise.race([closed.promise, clock.sleep(stopStep)]);
      }
      server.closeAllConnections();
      await closed.promise;
      log.debug('http.closed');
    },
  });
  return {
    ...lifecycle,
    get port() {
      return (server.address() as { port: number } | null)?.port ?? options.port;
    },
  };
}

async function answer(
  parts: ServerParts,
  request: IncomingMessage,
  response: ServerResponse,
  over: Promise<void>,
): Promise<void> {
  const { clock, log, metrics } = parts;
  const address = plainAddress(request.socket.remoteAddress ?? '');
  let exchange: Exchange = { request, response, parameters: {}, query: new URLSearchParams(), address, over };
  let route: HttpRoute | undefined;
  void over.then(() => metrics.requests.add(1, route?.path ?? 'none', String(response.statusCode)));
  try {
    if (request.httpVersion === '1.1' && request.headers.host === undefined) {
      response.shouldKeepAlive = false;
      throw httpFaults('HTTP_INVALID', 'an HTTP/1.1 request has to name its Host');
    }
    const target = readTarget(request.url ?? '/');
    if (!target.ok) throw httpFaults('HTTP_INVALID', target.why);
    const { segments, query } = target.value;
    const found = parts.router.find(request.method ?? '', segments);
    if ('length' in found) throw absent(request.method ?? '', found);
    route = found.route;
    exchange = { ...exchange, parameters: found.parameters, query };
    const said = await route.handle(exchange);
    if (said) writeAnswer(exchange, said, clock);
  } catch (cause) {
    // Who breaks off while sending needs no answer.
    if (response.destroyed || request.errored) return;
    const { isOurs, ...problem } = problemOf(cause);
    if (isOurs)
      log.error('http.request_failed', { method: request.method, route: route?.path, ...describeFailure(cause) });
    if (response.headersSent) response.destroy();
    else writeAnswer(exchange, problem, clock);
  }
}

const absent = (method: string, allowed: readonly string[]): Error =>
  allowed.length === 0
    ? httpFaults('HTTP_PATH_UNKNOWN', 'there is nothing under this path')
    : httpFaults('HTTP_METHOD_UNKNOWN', `${method} is not among ${allowed.join(', ')}`, { allow: allowed.join(', ') });

const rejections: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 'timeout',
  HPE_HEADER_OVERFLOW: 'head',
  ECONNRESET: 'reset',
};

/** Answers bytes that are no request, and closes. */
function rejectHead(cause: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || cause.code === 'ECONNRESET') return void socket.destroy();
  const fault =
    cause.code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? httpFaults('HTTP_TIMEOUT', 'the request did not come in time')
      : cause.code === 'HPE_HEADER_OVERFLOW'
        ? httpFaults('HTTP_HEAD_TOO_LARGE', `the headers have more than ${headSizeMax} bytes`)
        : httpFaults('HTTP_INVALID', 'these bytes are no HTTP/1.1 request');
  const { status, body } = problemOf(fault);
  const text = `${JSON.stringify(body)}\n`;
  socket.end(
    `HTTP/1.1 ${status} ${body.title}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
    () => socket.destroy(),
  );
}

const listen = (server: Server, { host, port }: ServerOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(cause.code === 'EADDRINUSE' ? portTaken(host, port) : cause),
    );
    server.listen(port, host, resolve);
  });

const portTaken = (host: string, port: number): Error =>
  edgeFaults(
    'EDGE_PORT_TAKEN',
    `http.port (SELVEDGE_EDGE_HTTP_PORT): ${host}:${port} is taken; who holds it: ss -ltnp 'sport = :${port}'`,
    { host, port },
  );
