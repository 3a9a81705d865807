import { createHash, timingSafeEqual, type X509Certificate } from 'node:crypto';
import type { Clock, Entropy, Log, Meter } from '@selvedge/kernel';
import { isDeviceId } from '@selvedge/protocol';
import type { Admission, AdmissionRefusal, Credentials, Gate, Principal, Revoked } from '../../ports.ts';
import { type Book, bookOf, type HolderKind } from './book.ts';
import type { Passwords } from './passwords.ts';
import { type RoleOptions, roles } from './roles.ts';
import { isLoopback, type Throttle } from './throttle.ts';
import { decodeToken } from './token.ts';

export interface GateOptions extends RoleOptions {
  /** Programs on this machine come in without credentials. */
  readonly local: boolean;
  /** So does everybody else. */
  readonly anonymous: boolean;
  /** Whether some door verifies client certificates of devices: then one of them is a way in that is not stored here. */
  readonly certificates: boolean;
}

export interface GateWorld {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly passwords: Passwords;
  readonly throttle: Throttle;
  /** Counts admissions by outcome. */
  readonly admissions: Pick<Meter, 'add'>;
}

/** The gate, and what changes it. */
export interface KeptGate extends Gate {
  readonly book: Book;
  /** Judges by this one from now on. */
  turn(book: Book): void;
  /** Tells everybody of a revocation; settles when what was open has ended. */
  tell(revoked: Revoked): Promise<void>;
  /** SHA-256 of the operator's token from its file; until it is set there is none. */
  operatorToken: Uint8Array | undefined;
}

/** Judges credentials and permits. Knows hashes only. */
export function gate(options: GateOptions, world: GateWorld): KeptGate {
  const { clock, log, passwords, throttle } = world;
  const permits = roles(options);
  const listeners = new Set<(who: Revoked) => void | Promise<void>>();
  let book = bookOf({ credentials: [], bars: [] });
  let operatorToken: Uint8Array | undefined;

  const refused = (why: AdmissionRefusal, address: string): Admission => {
    world.admissions.add(1, why);
    if (why === 'unknown' || why === 'revoked') throttle.failed(address, clock.ticks());
    log.debug('gate.refused', { address, why });
    return { ok: false, why };
  };
  const admitted = (kind: Principal['kind'], name: string, credential?: string, issuedAt?: number): Admission => {
    world.admissions.add(1, kind);
    return { ok: true, principal: { kind, name, credential, issuedAt } };
  };

  const byToken = (text: string, address: string): Admission => {
    const token = decodeToken(text);
    if (!token) return refusedTry('unknown', address);
    const stored = token.id === 'operator' ? undefined : book.get(token.id);
    const hash = createHash('sha256').update(token.secret).digest();
    if (token.id === 'operator')
      return operatorToken && timingSafeEqual(operatorToken, hash)
        ? admitted('operator', 'operator', 'operator')
        : refusedTry('unknown', address);
    if (stored?.kind !== 'token' || !timingSafeEqual(Buffer.from(stored.secret.hash, 'base64url'), hash))
      return refusedTry('unknown', address);
    return admitted(stored.holder, stored.name, stored.id);
  };

  /** A token cannot be guessed, so one that is right is let in however often others have failed; those who fail are told less. */
  const refusedTry = (why: AdmissionRefusal, address: string): Admission =>
    refused(throttle.allows(address, clock.ticks()) ? why : 'throttled', address);

  const byPassword = async (user: string, password: Uint8Array, address: string): Promise<Admission> => {
    if (!throttle.allows(address, clock.ticks())) return refused('throttled', address);
    const found = await passwords.verify(password, book.passwordsOf(user));
    if (found === 'busy') return refused('busy', address);
    // It may have been revoked while its password was hashed.
    const stored = found === undefined ? undefined : book.get(found);
    return stored ? admitted(stored.holder, stored.name, stored.id) : refused('unknown', address);
  };

  const byCertificate = (certificate: X509Certificate, address: string): Admission => {
    const device = commonName(certificate);
    if (device === undefined) return refusedTry('unknown', address);
    const issuedAt = certificate.validFromDate.getTime();
    return isBarred('device', device, issuedAt)
      ? refusedTry('revoked', address)
      : admitted('device', device, undefined, issuedAt);
  };

  /** Once the bar is lifted, what has a date must be newer than the bar: an old certificate may be in wrong hands. */
  const isBarred = (kind: HolderKind, name: string, issuedAt: number | undefined): boolean => {
    const bar = book.barOf(kind, name);
    return bar !== undefined && (!bar.lifted || (issuedAt !== undefined && issuedAt <= bar.at));
  };

  const holds = (who: Principal): boolean => {
    if (who.kind === 'anonymous') return true;
    if (who.credential === 'operator') return operatorToken !== undefined;
    return who.credential === undefined
      ? !isBarred(who.kind, who.name, who.issuedAt)
      : book.get(who.credential) !== undefined;
  };

  return {
    admit(credentials: Credentials, address: string) {
      switch (credentials.kind) {
        case 'anonymous':
          return options.anonymous || (options.local && isLoopback(address))
            ? admitted('anonymous', '')
            : refused('forbidden', address);
        case 'token':
          return byToken(credentials.token, address);
        case 'password':
          return byPassword(credentials.user, credentials.password, address);
        case 'certificate':
          return byCertificate(credentials.certificate, address);
        case 'oscore':
          if (!isDeviceId(credentials.device)) return refused('unknown', address);
          return isBarred('device', credentials.device, undefined)
            ? refused('revoked', address)
            : admitted('device', credentials.device);
      }
    },
    permits: (who, action, topicOrFilter) => holds(who) && permits(who, action, topicOrFilter),
    holds,
    onRevoked(listener) {
      const one = (who: Revoked): void | Promise<void> => listener(who);
      listeners.add(one);
      return () => void listeners.delete(one);
    },
    get book() {
      return book;
    },
    turn: (next) => void (book = next),
    async tell(revoked) {
      await Promise.all([...listeners].map((listener) => listener(revoked)));
    },
    get operatorToken() {
      return operatorToken;
    },
    set operatorToken(hash) {
      operatorToken = hash;
    },
  };
}

/** The one common name of the certificate's subject, if it can be a device's. */
function commonName(certificate: X509Certificate): string | undefined {
  const subject = certificate.toLegacyObject().subject as { CN?: unknown } | undefined;
  const name = subject?.CN;
  return typeof name === 'string' && isDeviceId(name) ? name : undefined;
}
