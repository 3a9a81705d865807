import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { coapFaults } from '../../faults.ts';
import type { Datagrams } from '../../ports.ts';
import { listenFailure } from '../listen-failure.ts';

export interface UdpOptions {
  /** Default: 0.0.0.0; an IPv6 address makes the socket speak IPv6. */
  readonly host?: string;
  /** Default: 0, which the system chooses. */
  readonly port?: number;
}

/** Bytes the system may hold while this process is busy. */
const receiveBufferSize = 2 ** 20;

/** A UDP socket. */
export function udpDatagrams({ host = '0.0.0.0', port = 0 }: UdpOptions = {}): Datagrams {
  const family = isIP(host) === 6 ? 6 : 4;
  let socket: Socket | undefined;
  return {
    transport: 'udp',
    start: (receive) =>
      new Promise((resolve, reject) => {
        socket = createSocket({
          type: family === 6 ? 'udp6' : 'udp4',
          recvBufferSize: receiveBufferSize,
          // Only addresses come here, so nothing has to be looked up.
          lookup: (address, _options, done) => done(null, address, family),
        });
        const failed = (cause: NodeJS.ErrnoException): void => reject(listenFailure('udp', { host, port }, cause));
        socket.once('error', failed);
        socket.bind({ address: host, port }, () => {
          socket!.off('error', failed);
          // What goes wrong with one datagram is as good as lost on the way.
          socket!.on('error', () => undefined);
          socket!.on('message', (bytes, from) => receive(bytes, { host: from.address, port: from.port }));
          const bound = socket!.address();
          resolve({ host: bound.address, port: bound.port });
        });
      }),
    send(bytes, to) {
      try {
        socket?.send(bytes, to.port, to.host);
      } catch {
        // The socket was closed meanwhile, or the port is none.
      }
    },
    async resolve(name) {
      if (isIP(name) === family) return name;
      try {
        return (await lookup(name, { family })).address;
      } catch (cause) {
        throw coapFaults('COAP_NAME_UNKNOWN', `${name} has no address of IPv${family}`, { name, family }, cause);
      }
    },
    stop: () =>
      new Promise((resolve) => {
        const one = socket;
        socket = undefined;
        if (one) one.close(() => resolve());
        else resolve();
      }),
  };
}
