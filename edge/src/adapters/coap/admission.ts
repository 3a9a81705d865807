import type { Peer } from '@selvedge/coap';
import type { AdmissionRefusal, Credentials, Gate, GateAction, Principal } from '../../ports.ts';
import { coapDoorFaults } from './faults.ts';

/** OSCORE goes before the certificate of the connection: it may have come through a proxy of somebody else. */
export const credentialsOf = ({ identity, certificate }: Peer): Credentials =>
  identity !== undefined
    ? { kind: 'oscore', device: identity }
    : certificate
      ? { kind: 'certificate', certificate }
      : { kind: 'anonymous' };

/** Who asks. Throws COAP_UNAUTHORIZED, COAP_LIMITED or COAP_GATE_BUSY. */
export function admit(gate: Gate, peer: Peer): Principal {
  const admission = gate.admit(credentialsOf(peer), peer.host);
  // Only passwords take time, and nobody has one here.
  if (admission instanceof Promise) throw refusals.busy();
  if (admission.ok) return admission.principal;
  throw refusals[admission.why]();
}

/** As `admit`, and also throws COAP_FORBIDDEN. */
export function authorize(gate: Gate, peer: Peer, action: GateAction, topic: string): Principal {
  const principal = admit(gate, peer);
  if (gate.permits(principal, action, topic)) return principal;
  const { kind, name } = principal;
  throw coapDoorFaults('COAP_FORBIDDEN', `${kind}${name === '' ? '' : ` ${name}`} may not ${action} ${topic}`);
}

const refusals: Readonly<Record<AdmissionRefusal, () => Error>> = {
  unknown: () => coapDoorFaults('COAP_UNAUTHORIZED', 'nobody here is called so'),
  revoked: () => coapDoorFaults('COAP_UNAUTHORIZED', 'this credential was revoked'),
  forbidden: () => coapDoorFaults('COAP_UNAUTHORIZED', 'a credential is needed to come in this way'),
  throttled: () => coapDoorFaults('COAP_LIMITED', 'too many attempts from this address have failed', { maxAge: 60 }),
  busy: () => coapDoorFaults('COAP_GATE_BUSY', 'too many attempts wait already', { maxAge: 1 }),
};
