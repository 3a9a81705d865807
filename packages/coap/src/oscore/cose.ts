import type { Aead } from './aead.ts';
import { encodeCbor } from './cbor.ts';

/**
 * The nonce of the message that `id`, its maker, numbered `partialIv` (RFC 8613 §5.2).
 *
 *   nonce = (size-of-id:u8 id-left-padded partial-iv-left-padded*5) xor common-iv
 */
export function nonceOf(commonIv: Buffer, id: Buffer, partialIv: Buffer): Buffer {
  const nonce = Buffer.from(commonIv);
  nonce[0]! ^= id.length;
  const idAt = nonce.length - 5 - id.length;
  for (const [index, byte] of id.entries()) nonce[idAt + index]! ^= byte;
  const ivAt = nonce.length - partialIv.length;
  for (const [index, byte] of partialIv.entries()) nonce[ivAt + index]! ^= byte;
  return nonce;
}

/** Bytes of the longest id that the nonce of an algorithm has room for. */
export const idSizeMax = (aead: Aead): number => aead.nonceSize - 6;

/**
 * The additional authenticated data (RFC 8613 §5.4, COSE's Enc_structure): it ties a response to its request. Options
 * of class I there are none, so their place is empty.
 */
export function additionalData(aead: Aead, requestKid: Buffer, requestPartialIv: Buffer): Buffer {
  const external = encodeCbor([oscoreVersion, [aead.id], requestKid, requestPartialIv, none]);
  return encodeCbor(['Encrypt0', none, external]);
}

const oscoreVersion = 1;
const none = Buffer.alloc(0);
