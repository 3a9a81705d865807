/**
 *   token  = "se1." id "." secret
 *   id     = "operator" | 12 hexadecimal characters, the credential's
 *   secret = 43 characters of base64url: 32 random bytes
 */

export interface Token {
  readonly id: string;
  readonly secret: Buffer;
}

const grammar = /^se1\.(operator|[0-9a-f]{12})\.([A-Za-z0-9_-]{43})$/;

export const encodeToken = (id: string, secret: Uint8Array): string =>
  `se1.${id}.${Buffer.from(secret).toString('base64url')}`;

/** White space around it is allowed, as from a file. */
export function decodeToken(text: string): Token | undefined {
  if (text.length > 128) return undefined;
  const [, id, secret] = grammar.exec(text.trim()) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret: Buffer.from(secret, 'base64url') };
}

/** Whether somebody means to give a token, whatever it is worth. */
export const looksLikeToken = (text: string): boolean => text.startsWith('se1.');
