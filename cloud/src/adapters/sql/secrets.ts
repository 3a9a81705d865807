import { hash } from 'node:crypto';
import { drawSecret, type Entropy } from '@selvedge/kernel';
import type { Access } from '../../ports.ts';
import type { AccessTable } from './access.ts';

/** Draws secrets and hands their digests to the database; each secret is seen once, by who asked for it. */
export function secretAccess(writer: () => AccessTable, reader: () => AccessTable, entropy: Entropy): Access {
  const issueToken = async (name: string): Promise<string> => {
    const token = drawSecret(entropy);
    await writer().addToken(digestOf(token), name);
    return token;
  };
  const issueOnce = async (kind: 'sign-in' | 'enrolment', subject: string, until: number): Promise<string> => {
    const secret = drawSecret(entropy);
    await writer().addOnce(digestOf(secret), kind, subject, until);
    return secret;
  };

  return {
    issueToken,
    async operatorOf(token) {
      const name = await reader().operatorOf(digestOf(token));
      return name === undefined ? undefined : { name };
    },
    issueSignIn: (name, until) => issueOnce('sign-in', name, until),
    async signIn(code, now) {
      const name = await writer().useOnce(digestOf(code), 'sign-in', now);
      return name === undefined ? undefined : issueToken(name);
    },
    endToken: (token) => writer().endToken(digestOf(token)),
    issueEnrolment: (node, until) => issueOnce('enrolment', node, until),
    useEnrolment: (secret, key, now) => writer().useOnce(digestOf(secret), 'enrolment', now, key),
  };
}

/** Nobody guesses what `drawSecret` drew, so plain SHA-256 is as good as a slow hash and cannot be turned back either. */
const digestOf = (secret: string): Uint8Array => hash('sha256', secret, 'buffer');
