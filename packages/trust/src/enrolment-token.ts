import { type Decoded, decoded, undecodable } from '@selvedge/kernel';

/** What a new node is given: which authority to believe, and the secret that lets it in once. */
export interface EnrolmentToken {
  /** SHA-256 of the authority's certificate, 64 lower-case hexadecimal characters. */
  readonly fingerprint: string;
  readonly secret: string;
}

/**
 *   token  = "sv1." fingerprint "." secret
 *   fingerprint = 64 lower-case hexadecimal characters
 *   secret = 16 to 256 characters of the base64url alphabet
 */
export const encodeEnrolmentToken = (token: EnrolmentToken): string => `sv1.${token.fingerprint}.${token.secret}`;

/** Reads a token as a person may have pasted it, white space around it allowed. What it says never repeats the secret. */
export function decodeEnrolmentToken(text: string): Decoded<EnrolmentToken> {
  const parts = text.trim().split('.');
  const [version, fingerprint, secret] = parts;
  if (version !== 'sv1') return undecodable('an enrolment token begins with sv1.');
  if (parts.length !== 3 || fingerprint === undefined || secret === undefined)
    return undecodable(`an enrolment token has 3 parts between dots, this has ${parts.length}`);
  if (!/^[0-9a-f]{64}$/.test(fingerprint))
    return undecodable('the second part is not a fingerprint of 64 hexadecimal characters');
  if (!/^[A-Za-z0-9_-]{16,256}$/.test(secret))
    return undecodable('the third part is not a secret of 16 to 256 letters, digits, dashes or underscores');
  return decoded({ fingerprint, secret });
}
