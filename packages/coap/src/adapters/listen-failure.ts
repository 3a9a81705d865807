import type { Fault } from '@selvedge/kernel';
import { coapFaults } from '../faults.ts';
import type { Address } from '../ports.ts';

/** Why a socket could not be bound, as COAP_PORT_TAKEN or COAP_LISTEN_FAILED. */
export function listenFailure(transport: string, { host, port }: Address, cause: NodeJS.ErrnoException): Fault {
  const facts = { transport, host, port };
  return cause.code === 'EADDRINUSE'
    ? coapFaults('COAP_PORT_TAKEN', `${host}:${port} is taken, so ${transport} cannot listen there`, facts, cause)
    : coapFaults('COAP_LISTEN_FAILED', `${transport} cannot listen at ${host}:${port}: ${cause.message}`, facts, cause);
}
