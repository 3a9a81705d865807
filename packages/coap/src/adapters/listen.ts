import type { AddressInfo, Server } from 'node:net';
import type { Address } from '../ports.ts';
import { listenFailure } from './listen-failure.ts';

/** Listens, and gives the address in use. Throws COAP_PORT_TAKEN or COAP_LISTEN_FAILED. */
export function listen(server: Server, transport: string, at: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    // Once it listens, a connection that cannot be taken is no reason to stop.
    server.on('error', (cause) => {
      if (!server.listening) reject(listenFailure(transport, at, cause));
    });
    server.listen(at, () => {
      const { address, port } = server.address() as AddressInfo;
      resolve({ host: address, port });
    });
  });
}
