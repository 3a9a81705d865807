import { createHash, type X509Certificate } from 'node:crypto';
import { silentLog } from '@selvedge/kernel';
import { simulatedClock, world } from '@selvedge/testkit';
import type { Admission, CredentialStore, Principal, Revoked } from '../../ports.ts';
import { nodeAccess } from './access.ts';
import type { GateOptions } from './gate.ts';
import { devicePermits } from './roles.ts';
import { decodeToken, encodeToken } from './token.ts';

/** A store in memory: what a second node opened on it finds, and whether it can be written. */
export function memoryStore() {
  let bytes: Uint8Array | undefined;
  const store: CredentialStore & { full: boolean; readonly text: string } = {
    full: false,
    get text() {
      return Buffer.from(bytes ?? []).toString('utf8');
    },
    read: () => Promise.resolve(bytes),
    async write(next) {
      if (store.full) throw new Error('no space left');
      bytes = next;
    },
  };
  return store;
}

export const operatorSecret = encodeToken('operator', Buffer.alloc(32, 7));
const operatorHash = createHash('sha256').update(decodeToken(operatorSecret)!.secret).digest();

/** Access of one node in a world of its own; `revoked` is what its doors were told. */
export async function openAccess(options: Partial<GateOptions> = {}, store = memoryStore(), seed = 1) {
  const { entropy } = world(seed);
  const clock = simulatedClock();
  const access = nodeAccess(
    { devices: devicePermits, applications: [], local: true, anonymous: false, certificates: false, ...options },
    { clock, entropy, log: silentLog, store, operatorToken: async () => operatorHash },
  );
  const revoked: Revoked[] = [];
  access.gate.onRevoked((who) => void revoked.push(who));
  const signal = new AbortController().signal;
  await access.opening.start(signal);
  await access.resuming.start(signal);
  return { ...access, clock, store, revoked, signal };
}

/** A certificate as far as the gate looks at it. */
export const certificateOf = (commonName: unknown, validFrom = 0): X509Certificate =>
  ({
    validFromDate: new Date(validFrom),
    toLegacyObject: () => ({ subject: { CN: commonName } }),
  }) as unknown as X509Certificate;

/** `device/pump-7`, or why not. */
export const outcome = (admission: Admission): string =>
  admission.ok ? `${admission.principal.kind}/${admission.principal.name}` : admission.why;

export function principalOf(admission: Admission): Principal {
  if (!admission.ok) throw new Error(`refused: ${admission.why}`);
  return admission.principal;
}
