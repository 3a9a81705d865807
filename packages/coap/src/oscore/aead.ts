import { createCipheriv, createDecipheriv } from 'node:crypto';

/** The AEAD algorithms on offer, by their names in COSE (RFC 9053 §4). The first is what OSCORE prescribes. */
export type AeadName = 'AES-CCM-16-64-128' | 'AES-CCM-16-128-128' | 'AES-128-GCM' | 'ChaCha20-Poly1305';

/** One of them. All sizes are bytes. */
export interface Aead {
  readonly name: AeadName;
  /** The number COSE has for it. */
  readonly id: number;
  readonly keySize: number;
  readonly nonceSize: number;
  readonly tagSize: number;
  /** The longest plaintext: in CCM the nonce leaves two bytes for its length. */
  readonly plaintextMax: number;
}

const ccmMax = 0xffff;

export const aeads: Readonly<Record<AeadName, Aead>> = {
  'AES-CCM-16-64-128': row('AES-CCM-16-64-128', 10, 16, 13, 8, ccmMax),
  'AES-CCM-16-128-128': row('AES-CCM-16-128-128', 30, 16, 13, 16, ccmMax),
  'AES-128-GCM': row('AES-128-GCM', 1, 16, 12, 16),
  'ChaCha20-Poly1305': row('ChaCha20-Poly1305', 24, 32, 12, 16),
};

/** The ciphertext with its tag behind it. The caller sees to it that nonce and key meet once only. */
export function seal(aead: Aead, key: Buffer, nonce: Buffer, aad: Buffer, plaintext: Buffer): Buffer {
  const cipher = createCipheriv(ciphers[aead.name], key, nonce, { authTagLength: aead.tagSize });
  cipher.setAAD(aad, { plaintextLength: plaintext.length });
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** The plaintext, or undefined where key, nonce, additional data or a single bit is another one. */
export function unseal(aead: Aead, key: Buffer, nonce: Buffer, aad: Buffer, sealed: Buffer): Buffer | undefined {
  const size = sealed.length - aead.tagSize;
  if (size < 0 || size > aead.plaintextMax) return undefined;
  const decipher = createDecipheriv(ciphers[aead.name], key, nonce, { authTagLength: aead.tagSize });
  decipher.setAuthTag(sealed.subarray(size));
  decipher.setAAD(aad, { plaintextLength: size });
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, size)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Node's names; the four are called alike, with a key, a nonce and additional data. */
const ciphers: Readonly<Record<AeadName, 'aes-128-ccm'>> = {
  'AES-CCM-16-64-128': 'aes-128-ccm',
  'AES-CCM-16-128-128': 'aes-128-ccm',
  'AES-128-GCM': 'aes-128-gcm' as 'aes-128-ccm',
  'ChaCha20-Poly1305': 'chacha20-poly1305' as 'aes-128-ccm',
};

function row(name: AeadName, id: number, keySize: number, nonceSize: number, tagSize: number, max?: number): Aead {
  return { name, id, keySize, nonceSize, tagSize, plaintextMax: max ?? Number.MAX_SAFE_INTEGER };
}
