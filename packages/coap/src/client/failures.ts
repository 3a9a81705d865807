import type { Fault } from '@selvedge/kernel';
import { coapFaults } from '../faults.ts';
import type { Line } from '../line.ts';

/** For messages. */
export const where = ({ peer }: Line): string => `${peer.host}:${peer.port}`;

export const factsOf = ({ peer: { transport, host, port } }: Line) => ({ transport, host, port });

/** The fault that says what became of a request. */
export function failureOf(outcome: 'reset' | 'unanswered' | 'refused' | 'closed', line: Line): Fault {
  switch (outcome) {
    case 'reset':
      return coapFaults('COAP_RESET', `${where(line)} rejected the message`, factsOf(line));
    case 'unanswered':
      return coapFaults('COAP_TIMEOUT', `${where(line)} did not answer`, factsOf(line));
    case 'refused':
      return coapFaults('COAP_BUSY', `too much waits for ${where(line)}`, factsOf(line));
    case 'closed':
      return coapFaults('COAP_CLOSED', `the connection to ${where(line)} ended`, factsOf(line));
  }
}
