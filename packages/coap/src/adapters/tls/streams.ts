import { isIP } from 'node:net';
import { connect, createServer, type Server, type TLSSocket } from 'node:tls';
import type { Address, StreamAbout, Streams } from '../../ports.ts';
import { connected, unreachable } from '../connect.ts';
import { listen } from '../listen.ts';

/** PEM. */
type Pem = string | Buffer;

export interface TlsOptions {
  /** Without it no connections are taken, only made. Port 0: the system chooses. */
  readonly listen?: Address & {
    readonly key: Pem;
    readonly cert: Pem;
    /** Who issues the certificates of clients. */
    readonly ca?: Pem;
    /** Ask each client for a certificate and refuse those that `ca` has not issued. */
    readonly requestCert?: boolean;
  };
  /** For connections that are made. */
  readonly client?: {
    /** Who issues the certificates of servers. Default: those that Node knows. */
    readonly ca?: Pem;
    readonly key?: Pem;
    readonly cert?: Pem;
    /** The name in the server's certificate, where it is not the host of the URL. */
    readonly servername?: string;
  };
}

/** The protocol's name in TLS (RFC 8323 §8.2, ALPN). */
const protocol = 'coap';
/** Only here a server need not speak of protocols. */
const usualPort = 5_684;
const handshakeTimeoutMs = 10_000;

/** CoAP over TLS, with client certificates if asked for. */
export function tlsStreams(options: TlsOptions): Streams {
  let server: Server | undefined;
  return {
    transport: 'tls',
    start(accept) {
      if (!options.listen) return Promise.resolve(undefined);
      const { key, cert, ca, requestCert = false, host, port } = options.listen;
      server = createServer(
        {
          key,
          cert,
          ...(ca === undefined ? {} : { ca }),
          requestCert,
          rejectUnauthorized: requestCert,
          minVersion: 'TLSv1.2',
          ALPNProtocols: [protocol],
          handshakeTimeout: handshakeTimeoutMs,
          noDelay: true,
        },
        (stream) => accept({ stream, about: aboutOf(stream) }),
      );
      return listen(server, 'tls', { host, port });
    },
    async connect(to, signal) {
      const { servername, ...files } = options.client ?? {};
      const name = servername ?? (isIP(to.host) === 0 ? to.host : undefined);
      const stream = connect({
        ...files,
        host: to.host,
        port: to.port,
        minVersion: 'TLSv1.2',
        ALPNProtocols: [protocol],
        ...(name === undefined ? {} : { servername: name }),
      });
      stream.setNoDelay(true);
      await connected(stream, 'secureConnect', to, signal);
      if (stream.alpnProtocol !== protocol && to.port !== usualPort) {
        stream.destroy();
        throw unreachable(to, 'the server does not offer CoAP there');
      }
      return { stream, about: aboutOf(stream) };
    },
    stop() {
      server?.close();
      return Promise.resolve();
    },
  };
}

const aboutOf = (socket: TLSSocket): StreamAbout => ({
  host: socket.remoteAddress ?? '?',
  port: socket.remotePort ?? 0,
  certificate: socket.getPeerX509Certificate(),
});
