import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Address, StreamAbout, Streams } from '../../ports.ts';
import { connected } from '../connect.ts';
import { listen } from '../listen.ts';

export interface TcpOptions {
  /** Without it no connections are taken, only made. Port 0: the system chooses. */
  readonly listen?: Address;
}

/** CoAP over TCP. */
export function tcpStreams(options: TcpOptions = {}): Streams {
  let server: Server | undefined;
  return {
    transport: 'tcp',
    start(accept) {
      if (!options.listen) return Promise.resolve(undefined);
      server = createServer({ noDelay: true }, (stream) => accept({ stream, about: aboutOf(stream) }));
      return listen(server, 'tcp', options.listen);
    },
    async connect(to, signal) {
      const stream = connect({ host: to.host, port: to.port, noDelay: true });
      await connected(stream, 'connect', to, signal);
      return { stream, about: aboutOf(stream) };
    },
    stop() {
      server?.close();
      return Promise.resolve();
    },
  };
}

const aboutOf = (socket: Socket): StreamAbout => ({
  host: socket.remoteAddress ?? '?',
  port: socket.remotePort ?? 0,
  certificate: undefined,
});
