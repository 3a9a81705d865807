import { hkdfSync } from 'node:crypto';
import type { Aead } from './aead.ts';
import { encodeCbor } from './cbor.ts';

/** What both sides agreed on beforehand. */
export interface KeyMaterial {
  readonly masterSecret: Uint8Array;
  readonly masterSalt: Uint8Array;
  readonly idContext: Buffer | undefined;
  readonly aead: Aead;
}

/** The key of whoever has the id (RFC 8613 §3.2.1, HKDF with SHA-256). */
export const deriveKey = (material: KeyMaterial, id: Buffer): Buffer =>
  derive(material, id, 'Key', material.aead.keySize);

export const deriveCommonIv = (material: KeyMaterial): Buffer =>
  derive(material, Buffer.alloc(0), 'IV', material.aead.nonceSize);

/**
 * A name for what is kept of a sender key: another one for every key, and no way back to it. The label is none of
 * OSCORE's, so that it is independent of every key.
 */
export const deriveStateName = (material: KeyMaterial, senderId: Buffer): string =>
  derive(material, senderId, 'Selvedge state', 16).toString('hex');

/** The derivation's context: `[id, id context or nil, algorithm, type, bytes wanted]`. */
export const derivationInfo = ({ idContext, aead }: KeyMaterial, id: Buffer, type: string, size: number): Buffer =>
  encodeCbor([id, idContext ?? null, aead.id, type, size]);

const derive = (material: KeyMaterial, id: Buffer, type: string, size: number): Buffer =>
  Buffer.from(
    hkdfSync('sha256', material.masterSecret, material.masterSalt, derivationInfo(material, id, type, size), size),
  );
