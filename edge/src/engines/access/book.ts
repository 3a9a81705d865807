import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { isDeviceId } from '@selvedge/protocol';

export type HolderKind = 'device' | 'operator' | 'application';
export const holderKinds: readonly HolderKind[] = ['device', 'operator', 'application'];

/** scrypt (RFC 7914); salt and hash in base64url. */
export interface PasswordHash {
  readonly cost: number;
  readonly blockSize: number;
  readonly parallel: number;
  readonly salt: string;
  readonly hash: string;
}

/** SHA-256 of the token's 32 random bytes, in base64url. */
export interface TokenHash {
  readonly hash: string;
}

interface Held {
  readonly id: string;
  readonly holder: HolderKind;
  readonly name: string;
  /** Wall time in milliseconds. */
  readonly createdAt: number;
}

export type StoredCredential =
  | (Held & { readonly kind: 'password'; readonly secret: PasswordHash })
  | (Held & { readonly kind: 'token'; readonly secret: TokenHash });

/** The holder's certificates and OSCORE contexts are void; once it is lifted, only certificates from before it. */
export interface Bar {
  readonly holder: HolderKind;
  readonly name: string;
  /** Wall time in milliseconds. */
  readonly at: number;
  /** What the holder had has not yet been seen to end everywhere. */
  readonly open: boolean;
  readonly lifted: boolean;
}

export interface BookPage {
  readonly credentials: readonly StoredCredential[];
  readonly bars: readonly Bar[];
}

export const bookLimits = { credentialsMax: 10_000, perHolderMax: 4, barsMax: 10_000 } as const;

/** The stored credentials, found by their id and by whose they are. */
export interface Book {
  get(id: string): StoredCredential | undefined;
  of(holder: HolderKind, name: string): readonly StoredCredential[];
  /** Passwords are given with a user name alone, so a name with a password belongs to one holder. */
  passwordsOf(name: string): readonly (StoredCredential & { readonly kind: 'password' })[];
  barOf(holder: HolderKind, name: string): Bar | undefined;
  readonly page: BookPage;
}

export function bookOf(page: BookPage): Book {
  const byId = new Map(page.credentials.map((one) => [one.id, one]));
  const byName = Map.groupBy(page.credentials, (one) => one.name);
  const bars = new Map(page.bars.map((bar) => [`${bar.holder}/${bar.name}`, bar]));
  return {
    get: (id) => byId.get(id),
    of: (holder, name) => (byName.get(name) ?? []).filter((one) => one.holder === holder),
    passwordsOf: (name) => (byName.get(name) ?? []).filter((one) => one.kind === 'password'),
    barOf: (holder, name) => bars.get(`${holder}/${name}`),
    page,
  };
}

export const encodeBook = (page: BookPage): Buffer =>
  Buffer.from(`${JSON.stringify({ version: 1, ...page }, null, 1)}\n`);

/** Reads the file; whatever is not as it was written makes all of it unreadable, so that nobody is let in by mistake. */
export function decodeBook(bytes: Uint8Array): Decoded<BookPage> {
  let raw: unknown;
  try {
    raw = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undecodable('it is not JSON');
  }
  const { version, credentials, bars } = (raw ?? {}) as Partial<Record<string, unknown>>;
  if (version !== 1) return undecodable(`its version is ${String(version)}, not 1`);
  if (!Array.isArray(credentials) || !credentials.every(isCredential)) return undecodable('a credential is malformed');
  if (!Array.isArray(bars) || !bars.every(isBar)) return undecodable('a bar is malformed');
  if (new Set(credentials.map((one) => one.id)).size < credentials.length) return undecodable('two have one id');
  return decoded({ credentials, bars });
}

type Raw = Partial<Record<string, unknown>>;

function isCredential(raw: unknown): raw is StoredCredential {
  const one = (raw ?? {}) as Raw;
  if (!isHeld(one) || typeof one['id'] !== 'string' || typeof one['createdAt'] !== 'number') return false;
  const secret = (one['secret'] ?? {}) as Raw;
  if (one['kind'] === 'token') return isBytes(secret['hash'], 32);
  const { cost, blockSize, parallel } = secret as Record<string, number>;
  const whole = [cost, blockSize, parallel].every((value) => Number.isInteger(value) && value! > 0);
  return one['kind'] === 'password' && whole && isBytes(secret['hash'], 32) && isBytes(secret['salt'], 16);
}

function isBar(raw: unknown): raw is Bar {
  const { at, open, lifted, ...held } = (raw ?? {}) as Raw;
  return isHeld(held) && typeof at === 'number' && typeof open === 'boolean' && typeof lifted === 'boolean';
}

const isHeld = (one: Raw): boolean =>
  holderKinds.includes(one['holder'] as HolderKind) && typeof one['name'] === 'string' && isDeviceId(one['name']);
const isBytes = (text: unknown, size: number): boolean =>
  typeof text === 'string' && Buffer.from(text, 'base64url').length === size;
