import { Buffer } from 'node:buffer';
import type { webcrypto } from 'node:crypto';

export type PrivateKey = webcrypto.CryptoKey;

/** ECDSA on P-256 throughout: every TLS library has it, and its certificates are small. */
export const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
export const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const;
export const keyUsages: ('sign' | 'verify')[] = ['sign', 'verify'];

/** The private key as PKCS #8 in PEM (RFC 7468). */
export async function exportKey(key: PrivateKey): Promise<string> {
  const base64 = Buffer.from(await crypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${base64.replace(/.{64}(?=.)/g, '$&\n')}\n-----END PRIVATE KEY-----\n`;
}

/** Rejects when the text is not an ECDSA P-256 key in PKCS #8. */
export async function importKey(pem: string): Promise<PrivateKey> {
  const base64 = /-----BEGIN PRIVATE KEY-----([\sA-Za-z0-9+/=]+)-----END PRIVATE KEY-----/.exec(pem)?.[1];
  if (base64 === undefined) throw new TypeError('the key is not a PRIVATE KEY in PEM');
  return crypto.subtle.importKey('pkcs8', Buffer.from(base64, 'base64'), keyAlgorithm, true, ['sign']);
}

/** A fresh pair. */
export const drawKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  crypto.subtle.generateKey(keyAlgorithm, true, keyUsages) as Promise<webcrypto.CryptoKeyPair>;

/** The pair of a private key. Rejects as `importKey` does. */
export async function importKeys(pem: string): Promise<webcrypto.CryptoKeyPair> {
  const privateKey = await importKey(pem);
  const { kty = 'EC', crv = '', x = '', y = '' } = await crypto.subtle.exportKey('jwk', privateKey);
  const publicKey = await crypto.subtle.importKey('jwk', { kty, crv, x, y }, keyAlgorithm, true, ['verify']);
  return { privateKey, publicKey };
}
