import { type Access, type AccessVerdict, type ConnectRequest, type Publisher, reason } from '@selvedge/mqtt';
import type { Admission, AdmissionRefusal, Credentials, Gate, Principal } from '../../ports.ts';

/** MQTT 5: connection rate exceeded. */
const rateExceeded = 0x9f;

const codes: Readonly<Record<AdmissionRefusal, number>> = {
  unknown: reason.badUserNameOrPassword,
  revoked: reason.notAuthorized,
  forbidden: reason.notAuthorized,
  throttled: rateExceeded,
  busy: reason.serverBusy,
};

const scopedKinds: ReadonlySet<string> = new Set(['device', 'operator', 'application']);

/**
 * How the broker asks the gate. A client identifier is a name within its principal, `kind/name/` before it: whoever
 * connects with another one's client identifier has a session of their own.
 */
export function gateAccess(gate: Gate): Access {
  return {
    authenticate(connect) {
      const admission = gate.admit(credentialsOf(connect), hostOf(connect.address));
      return 'then' in admission
        ? admission.then((settled) => verdictOf(connect, settled))
        : verdictOf(connect, admission);
    },
    authorize: (client, action, topicOrFilter) => gate.permits(principalOf(client), action, topicOrFilter),
  };
}

/** What is before the client identifiers of a principal. */
export const scopeOf = ({ kind, name }: { readonly kind: string; readonly name: string }): string =>
  kind === 'anonymous' ? '' : `${kind}/${name}/`;

/** A certificate says more than a password, and a password more than a name alone, which anybody can say. */
function credentialsOf({ certificate, username, password }: ConnectRequest): Credentials {
  if (certificate) return { kind: 'certificate', certificate };
  if (password === undefined) return { kind: 'anonymous' };
  const token = password.length <= 128 ? password.toString('utf8') : '';
  if (token.startsWith('se1.')) return { kind: 'token', token };
  return { kind: 'password', user: username ?? '', password };
}

function verdictOf({ clientId }: ConnectRequest, admission: Admission): AccessVerdict {
  if (!admission.ok) return { ok: false, code: codes[admission.why], why: admission.why };
  const { principal } = admission;
  const borrowed = principal.kind === 'anonymous' && whoseScope(clientId) !== undefined;
  if (borrowed) return { ok: false, code: reason.clientIdentifierNotValid, why: 'it belongs to somebody else' };
  return { ok: true, context: principal, scope: scopeOf(principal) };
}

/** Who published a will that has outlived the process is told by the client identifier alone. */
function principalOf(client: Publisher): Principal {
  if (client.context) return client.context as Principal;
  const whose = whoseScope(client.clientId) ?? { kind: 'anonymous', name: '' };
  return { ...whose, credential: undefined, issuedAt: undefined };
}

function whoseScope(clientId: string): Pick<Principal, 'kind' | 'name'> | undefined {
  const [kind = '', name, rest] = clientId.split('/', 3);
  if (name === undefined || rest === undefined || !scopedKinds.has(kind)) return undefined;
  return { kind: kind as Principal['kind'], name };
}

/** Without the port. */
const hostOf = (address: string): string => address.slice(0, address.lastIndexOf(':'));
