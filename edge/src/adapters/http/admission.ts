import { Buffer } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { isLoopback } from '../../engines/access/throttle.ts';
import type { AdmissionRefusal, Credentials, Gate, GateAction, Principal } from '../../ports.ts';
import type { Exchange } from './exchange.ts';
import { httpFaults } from './faults.ts';

/** Reads `Authorization`; undefined for a scheme or form that nobody here understands. */
export function readCredentials(authorization: string | undefined): Credentials | undefined {
  if (authorization === undefined) return { kind: 'anonymous' };
  const [, scheme = '', value = ''] = /^(\S+) +(\S+)$/.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'bearer') return { kind: 'token', token: value };
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const bytes = Buffer.from(value, 'base64');
  const colon = bytes.indexOf(':');
  if (colon < 0) return undefined;
  return { kind: 'password', user: bytes.toString('utf8', 0, colon), password: bytes.subarray(colon + 1) };
}

/**
 * Who asks. Throws HTTP_UNAUTHORIZED, HTTP_LIMITED, HTTP_BUSY, and HTTP_FOREIGN_PAGE: whoever is let in only because he is
 * on this machine may not be a page of somebody else in a browser here.
 */
export async function admit(gate: Gate, { request, address }: Exchange): Promise<Principal> {
  const credentials = readCredentials(request.headers.authorization);
  if (!credentials) throw httpFaults('HTTP_UNAUTHORIZED', 'the header Authorization is neither Bearer nor Basic');
  if (credentials.kind === 'anonymous' && isForeignPage(request.headers, address))
    throw httpFaults('HTTP_FOREIGN_PAGE', 'the request comes from a web page, without a credential');
  const admission = await gate.admit(credentials, address);
  if (admission.ok) return admission.principal;
  throw refusals[admission.why]();
}

/** As `admit`, and also throws HTTP_FORBIDDEN. */
export async function authorize(gate: Gate, exchange: Exchange, action: GateAction, topic: string): Promise<Principal> {
  const principal = await admit(gate, exchange);
  if (!gate.permits(principal, action, topic)) throw forbidden(principal, `${action} ${topic}`);
  return principal;
}

/** Who was let in may have been turned out since. Throws HTTP_UNAUTHORIZED. */
export function stillHolds(gate: Gate, principal: Principal): void {
  if (!gate.holds(principal)) throw refusals.revoked();
}

export const forbidden = ({ kind, name }: Principal, what: string): Error =>
  httpFaults('HTTP_FORBIDDEN', `${kind}${name === '' ? '' : ` ${name}`} may not ${what}`);

const refusals: Readonly<Record<AdmissionRefusal, () => Error>> = {
  unknown: () => httpFaults('HTTP_UNAUTHORIZED', 'nobody has this credential'),
  revoked: () => httpFaults('HTTP_UNAUTHORIZED', 'this credential was revoked'),
  forbidden: () => httpFaults('HTTP_UNAUTHORIZED', 'a credential is needed to come in this way'),
  throttled: () =>
    httpFaults('HTTP_LIMITED', 'too many attempts from this address have failed', { retryAfterSeconds: 60 }),
  busy: () => httpFaults('HTTP_BUSY', 'too many attempts wait already', { status: 503, retryAfterSeconds: 1 }),
};

/** A browser says so by `Origin`; a page that has had its own name lead here says its name as the host. */
function isForeignPage(headers: IncomingHttpHeaders, address: string): boolean {
  if (headers.origin !== undefined) return true;
  if (!isLoopback(address)) return false;
  const host = (headers.host ?? 'localhost').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 && host.toLowerCase() !== 'localhost';
}
