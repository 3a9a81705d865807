import { createHmac, scrypt, timingSafeEqual } from 'node:crypto';
import type { Entropy } from '@selvedge/kernel';
import type { PasswordHash } from './book.ts';

/** RFC 7914 with 16 MiB of memory, repeated five times: as costly to guess as OWASP asks, and bearable for a small machine. */
export const passwordCost = { cost: 16_384, blockSize: 8, parallel: 5 } as const;

export interface PasswordLimits {
  /** Passwords that wait to be hashed; more are refused. */
  readonly waitingMax: number;
  /** Proven passwords remembered, so that ten thousand devices can come back at once. */
  readonly provenMax: number;
}

export const defaultPasswordLimits: PasswordLimits = { waitingMax: 64, provenMax: 10_000 };

/** Longer ones are refused unread: hashing must not cost what the peer likes. */
export const passwordSizeMax = 256;

export interface Passwords {
  hash(password: Uint8Array): Promise<PasswordHash>;
  /** The first credential whose password this is. `busy`: too many wait already. Takes equally long when there is none. */
  verify(
    password: Uint8Array,
    among: readonly { readonly id: string; readonly secret: PasswordHash }[],
  ): Promise<string | undefined | 'busy'>;
  forget(id: string): void;
}

/** Hashes passwords one after the other: the threads that it would take otherwise write the journal. */
export function passwords(entropy: Entropy, limits: PasswordLimits = defaultPasswordLimits): Passwords {
  const salt = entropy.bytes(16);
  const nobody: PasswordHash = { ...passwordCost, salt: encode(salt), hash: encode(new Uint8Array(32)) };
  const key = entropy.bytes(32);
  /** By credential: the HMAC, under a key that only this process has, of the password that was proven. */
  const proven = new Map<string, Buffer>();
  const markOf = (id: string, password: Uint8Array): Buffer =>
    createHmac('sha256', key).update(`${id}\u0000`).update(password).digest();
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();

  const inTurn = <Value>(task: () => Promise<Value>): Promise<Value> => {
    const mine = last.then(task);
    last = mine.catch(() => undefined);
    return mine;
  };

  return {
    async hash(password) {
      const fresh = encode(entropy.bytes(16));
      const bare = { ...passwordCost, salt: fresh };
      return { ...bare, hash: encode(await inTurn(() => derive(password, bare))) };
    },
    async verify(password, among) {
      for (const { id } of among) {
        const known = proven.get(id);
        if (known && timingSafeEqual(known, markOf(id, password))) return id;
      }
      if (waiting >= limits.waitingMax) return 'busy';
      waiting += 1;
      try {
        return await inTurn(async () => {
          let found: string | undefined;
          for (const { id, secret } of among.length > 0 ? among : [{ id: undefined, secret: nobody }]) {
            const same = timingSafeEqual(await derive(password, secret), Buffer.from(secret.hash, 'base64url'));
            if (same && id !== undefined) found ??= id;
          }
          if (found !== undefined) remember(found, markOf(found, password));
          return found;
        });
      } finally {
        waiting -= 1;
      }
    },
    forget: (id) => void proven.delete(id),
  };

  function remember(id: string, mark: Buffer): void {
    if (proven.size >= limits.provenMax) {
      for (const [oldest] of proven) {
        proven.delete(oldest);
        break;
      }
    }
    proven.set(id, mark);
  }
}

const encode = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');

function derive(
  password: Uint8Array,
  { cost, blockSize, parallel, salt }: Omit<PasswordHash, 'hash'>,
): Promise<Buffer> {
  const options = { N: cost, r: blockSize, p: parallel, maxmem: 256 * cost * blockSize };
  return new Promise((resolve, reject) => {
    scrypt(password, Buffer.from(salt, 'base64url'), 32, options, (failure, hash) =>
      failure ? reject(failure) : resolve(hash),
    );
  });
}
