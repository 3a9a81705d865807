import { duplexPair } from 'node:stream';
import type { Clock } from '@selvedge/kernel';
import { coapFaults } from '../../faults.ts';
import type { Address, Connected, Datagrams, Streams } from '../../ports.ts';
import { unreachable } from '../connect.ts';

/** Endpoints of one process that reach each other without the system. A name is an address here. */
export interface MemoryNetwork {
  datagrams(at?: Partial<Address>): Datagrams;
  streams(options?: { readonly listen?: Address }): Streams;
}

/** Brings a datagram to its receiver; to lose, delay or double it is this function's to decide. */
export type Carry = (deliver: () => void, from: Address, to: Address, bytes: Buffer) => void;

/** Ports handed out where 0 is asked for. */
const firstPort = 49_152;

export function memoryNetwork(
  { clock }: { readonly clock: Clock },
  carry: Carry = (deliver) => clock.soon(deliver),
): MemoryNetwork {
  const sockets = new Map<string, (bytes: Buffer, from: Address) => void>();
  const listeners = new Map<string, (connected: Connected) => void>();
  let nextPort = firstPort;

  const bind = <Listener>(table: Map<string, Listener>, asked: Address, listener: Listener): Address => {
    const at = { host: asked.host, port: asked.port === 0 ? nextPort++ : asked.port };
    if (table.has(nameOf(at))) {
      throw coapFaults('COAP_PORT_TAKEN', `${nameOf(at)} is taken`, { ...at });
    }
    table.set(nameOf(at), listener);
    return at;
  };

  return {
    datagrams({ host = '127.0.0.1', port = 0 } = {}) {
      let at: Address | undefined;
      return {
        transport: 'udp',
        async start(receive) {
          at = bind(sockets, { host, port }, receive);
          return at;
        },
        send(bytes, to) {
          if (!at) return;
          const from = at;
          // The sender may use its bytes again.
          const copy = Buffer.from(bytes);
          carry(() => sockets.get(nameOf(to))?.(Buffer.from(copy), from), from, to, copy);
        },
        resolve: (name) => Promise.resolve(name),
        stop() {
          if (at) sockets.delete(nameOf(at));
          at = undefined;
          return Promise.resolve();
        },
      };
    },
    streams({ listen } = {}) {
      let at: Address | undefined;
      return {
        transport: 'tcp',
        async start(accept) {
          if (listen) at = bind(listeners, listen, accept);
          return at;
        },
        async connect(to, signal) {
          signal.throwIfAborted();
          const accept = listeners.get(nameOf(to));
          if (!accept) throw unreachable(to, 'nobody listens there');
          const [near, far] = duplexPair();
          const from = { host: '127.0.0.1', port: nextPort++ };
          clock.soon(() => accept({ stream: far, about: { ...from, certificate: undefined } }));
          return { stream: near, about: { ...to, certificate: undefined } };
        },
        stop() {
          if (at) listeners.delete(nameOf(at));
          return Promise.resolve();
        },
      };
    },
  };
}

const nameOf = ({ host, port }: Address): string => `${host}:${port}`;
