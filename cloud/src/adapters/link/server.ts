import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import {
  type Clock,
  days,
  describeFailure,
  every,
  type Fault,
  isFault,
  millis,
  type Service,
  service,
} from '@selvedge/kernel';
import { frameSizeMax } from '@selvedge/protocol';
import { type KeyedCertificate, verifyNode } from '@selvedge/trust';
import { WebSocketServer } from 'ws';
import { cloudFaults, listenFault, type Problem, problemOf, problemType } from '../../faults.ts';
import type { LinkConnection } from '../../ports.ts';
import { type EnrolWorld, enrol } from './enrol.ts';
import { socketConnection } from './socket-connection.ts';

export interface LinkServerOptions {
  readonly host: string;
  readonly port: number;
  /** Names and addresses in its certificate, the first as common name. */
  readonly names: readonly string[];
}

export interface LinkServerWorld extends EnrolWorld {
  readonly links: { accept(connection: LinkConnection, node: string): void };
}

export interface LinkServer extends Service {
  /** The port it listens on, once it has started. */
  readonly port: number;
}

/**
 * Where edge nodes come in, over TLS: `POST /enrol` without a client certificate, and the WebSocket `/link` with one of
 * our authority. Start throws PORT_TAKEN, PORT_REFUSED or TRUST_NAME_FORBIDDEN.
 */
export function linkServer(options: LinkServerOptions, world: LinkServerWorld): LinkServer {
  const { authority, clock, links, log } = world;
  const renewing = new AbortController();
  const sockets = new WebSocketServer({ noServer: true, maxPayload: frameSizeMax, perMessageDeflate: false });
  let server: Server | undefined;

  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    socket.on('error', () => socket.destroy());
    try {
      if (pathOf(request) !== '/link') throw cloudFaults('API_NOT_FOUND', `there is no ${pathOf(request)} here`);
      const node = await peerOf(request.socket as TLSSocket, authority.certificate, clock.wall());
      sockets.handleUpgrade(request, socket, head, (webSocket) => links.accept(socketConnection(webSocket), node));
    } catch (cause) {
      log.warn('link.refused', { address: request.socket.remoteAddress, ...describeFailure(cause) });
      socket.end(rawProblem(problemOf(cause)));
    }
  };

  return {
    ...service({
      async start() {
        const issued = await authority.issueServer({ names: options.names });
        server = createServer({ ...secured(issued, authority.certificate), ...limits }, (request, response) => {
          void answer(request, response, world);
        });
        server.on('upgrade', (request, socket, head) => void upgrade(request, socket, head));
        await listening(server, options);
        // A server certificate lives a year; a cloud may run for longer.
        void every(clock, days(30), renewing.signal, async () => {
          const renewed = await authority.issueServer({ names: options.names });
          server?.setSecureContext(secured(renewed, authority.certificate));
        }).catch((cause) => log.error('link.renewal_failed', describeFailure(cause)));
      },
      async stop() {
        renewing.abort();
        await farewell(sockets, clock);
        server?.closeAllConnections();
        await new Promise((resolve) => (server?.listening ? server.close(resolve) : resolve(undefined)));
      },
    }),
    get port() {
      return (server?.address() as AddressInfo | null)?.port ?? options.port;
    },
  };
}

/** Lets nodes close in order, so that they know at once; those that do not are cut off. */
async function farewell(sockets: WebSocketServer, clock: Clock): Promise<void> {
  const done = new AbortController();
  const closed = [...sockets.clients].map((socket) => {
    socket.close(1_001, 'the cloud stops');
    return new Promise((resolve) => socket.once('close', resolve));
  });
  await Promise.race([Promise.all(closed), clock.sleep(millis(300), done.signal).catch(() => undefined)]);
  done.abort();
  for (const socket of sockets.clients) socket.terminate();
}

/** Milliseconds: a peer that dawdles must not hold a connection. */
const limits = { handshakeTimeout: 10_000, headersTimeout: 10_000, requestTimeout: 15_000, keepAliveTimeout: 5_000 };

/** The authority stands behind the server's own certificate in the chain, so that a new node can hold it against its token. */
const secured = (issued: KeyedCertificate, authority: string) => ({
  key: issued.key,
  cert: issued.certificate + authority,
  ca: [authority],
  requestCert: true,
  rejectUnauthorized: false,
  minVersion: 'TLSv1.3' as const,
});

/** The node that the peer's certificate names. Throws LINK_CERTIFICATE_REFUSED. */
async function peerOf(socket: TLSSocket, authority: string, at: number): Promise<string> {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) throw cloudFaults('LINK_CERTIFICATE_REFUSED', 'the node showed no certificate');
  if (!socket.authorized)
    throw cloudFaults('LINK_CERTIFICATE_REFUSED', `the certificate is not good: ${socket.authorizationError}`);
  const node = await verifyNode(certificate.raw, authority, at);
  if (!node.ok) throw cloudFaults('LINK_CERTIFICATE_REFUSED', `the certificate is not good: ${node.why}`);
  return node.value;
}

async function answer(request: IncomingMessage, response: ServerResponse, world: EnrolWorld): Promise<void> {
  const reply = (status: number, type: string, body: unknown, headers: Record<string, string> = {}): void => {
    // What is left of a refused body is not read: the connection ends with the answer.
    response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', connection: 'close', ...headers });
    response.end(JSON.stringify(body));
  };
  try {
    if (request.method !== 'POST' || pathOf(request) !== '/enrol')
      throw cloudFaults('API_NOT_FOUND', `there is no ${request.method} ${pathOf(request)} here`);
    reply(200, 'application/json', await enrol(request, world));
  } catch (cause) {
    if (!isFault(cause)) world.log.error('link.request_failed', describeFailure(cause));
    const problem = problemOf(cause);
    reply(problem.status, problemType, problem, retryAfter(cause));
  }
}

const pathOf = (request: IncomingMessage): string => (request.url ?? '').split('?', 1)[0]!;

function retryAfter(cause: unknown): Record<string, string> {
  const wait = (cause as Partial<Fault>).facts?.['retryAfterSeconds'];
  return typeof wait === 'number' ? { 'retry-after': String(wait) } : {};
}

function rawProblem(problem: Problem): string {
  const body = JSON.stringify(problem);
  const lines = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    `content-type: ${problemType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

const listening = (server: Server, at: LinkServerOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(listenFault(cause, { ...at, setting: 'link' })));
    server.listen(at.port, at.host, resolve);
  });
