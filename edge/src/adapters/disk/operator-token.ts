import { createHash } from 'node:crypto';
import type { Entropy } from '@selvedge/kernel';
import { decodeToken, encodeToken } from '../../engines/access/token.ts';
import { readOwn, writeOwn } from './credentials.ts';

const name = 'operator.token';

/**
 * SHA-256 of the token in `operator.token`, which is drawn at the first start and readable for this user alone. A file
 * that is no token is replaced.
 */
export async function operatorTokenHash(dir: string, entropy: Entropy): Promise<Uint8Array> {
  const text = (await readOwn(dir, name))?.toString('utf8') ?? '';
  const known = decodeToken(text);
  if (known?.id === 'operator') return createHash('sha256').update(known.secret).digest();
  const secret = entropy.bytes(32);
  await writeOwn(dir, name, Buffer.from(`${encodeToken('operator', secret)}\n`));
  return createHash('sha256').update(secret).digest();
}
