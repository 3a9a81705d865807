import { createSocket, type Socket } from 'node:dgram';
import type { Address, Datagrams } from '@selvedge/coap';
import { edgeFaults } from '../../faults.ts';

/** A UDP socket that is bound before there is an endpoint, and keeps the first datagrams for it. */
export interface QuietSocket {
  /** Binds. Throws EDGE_PORT_TAKEN. */
  open(): Promise<void>;
  /** Where it is bound, once it is. */
  readonly at: Address | undefined;
  /** For the endpoint, to which it belongs from then on. */
  readonly datagrams: Datagrams;
  close(): Promise<void>;
}

/** Bytes the system may hold while this process is busy. */
const receiveBufferSize = 2 ** 20;

/** Datagrams that come while the endpoint is loaded; whoever sent one more sends it again. */
const keptMax = 64;

/** `heard` is called with each datagram that nobody takes yet. */
export function quietSocket({ host, port }: Address, heard: () => void): QuietSocket {
  const kept: { readonly bytes: Buffer; readonly from: Address }[] = [];
  let receive: ((bytes: Buffer, from: Address) => void) | undefined;
  let socket: Socket | undefined;
  let at: Address | undefined;

  const close = (): Promise<void> =>
    new Promise((resolve) => {
      const one = socket;
      socket = undefined;
      if (one) one.close(() => resolve());
      else resolve();
    });

  return {
    open: () =>
      new Promise((resolve, reject) => {
        const family = host.includes(':') ? 6 : 4;
        const one = createSocket({
          type: family === 6 ? 'udp6' : 'udp4',
          recvBufferSize: receiveBufferSize,
          // Only addresses come here, so nothing has to be looked up.
          lookup: (address, _options, done) => done(null, address, family),
        });
        socket = one;
        const failed = (cause: NodeJS.ErrnoException): void => {
          socket = undefined;
          reject(cause.code === 'EADDRINUSE' ? taken(host, port, cause) : cause);
        };
        one.once('error', failed);
        one.bind({ address: host, port }, () => {
          one.off('error', failed);
          // What goes wrong with one datagram is as good as lost on the way.
          one.on('error', () => undefined);
          one.on('message', (bytes, { address, port: sender }) => {
            const from = { host: address, port: sender };
            if (receive) return receive(bytes, from);
            if (kept.length < keptMax) kept.push({ bytes, from });
            heard();
          });
          const bound = one.address();
          at = { host: bound.address, port: bound.port };
          resolve();
        });
      }),
    get at() {
      return at;
    },
    datagrams: {
      transport: 'udp',
      start(taker) {
        receive = taker;
        for (const { bytes, from } of kept.splice(0)) taker(bytes, from);
        return Promise.resolve(at!);
      },
      send(bytes, to) {
        try {
          socket?.send(bytes, to.port, to.host);
        } catch {
          // The socket was closed meanwhile, or the port is none.
        }
      },
      // The door asks nobody; the actuators have sockets of their own.
      resolve: (name) => Promise.resolve(name),
      stop: close,
    },
    close,
  };
}

const taken = (host: string, port: number, cause: Error): Error =>
  edgeFaults(
    'EDGE_PORT_TAKEN',
    `coap.udp (SELVEDGE_EDGE_COAP_UDP): ${host}:${port} is taken; who holds it: ss -lunp 'sport = :${port}'`,
    { host, port },
    cause,
  );
