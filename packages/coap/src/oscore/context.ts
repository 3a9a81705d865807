import type { Fault } from '@selvedge/kernel';
import { type Aead, type AeadName, aeads, seal, unseal } from './aead.ts';
import { additionalData, idSizeMax, nonceOf } from './cose.ts';
import { oscoreFaults } from './faults.ts';
import { deriveCommonIv, deriveKey, deriveStateName, type KeyMaterial } from './keys.ts';
import { kidContextMax } from './option-value.ts';

/** What two endpoints agreed on beforehand. The ids of one side are those of the other, swapped. */
export interface OscoreContextOptions {
  /** At least 16 bytes nobody can guess. */
  readonly masterSecret: Uint8Array;
  /** Empty unless given. */
  readonly masterSalt?: Uint8Array;
  /** Who we are: up to 7 bytes (6 for the algorithms that are not CCM), and they may be none. */
  readonly senderId: Uint8Array;
  /** Who the peer is, likewise, and not the same. */
  readonly recipientId: Uint8Array;
  /** Tells apart contexts with the same ids and secret; at most 255 bytes. */
  readonly idContext?: Uint8Array;
  /** Whether our requests carry the ID context. On unless the peer knows it anyhow. */
  readonly announceIdContext?: boolean;
  readonly algorithm?: AeadName;
  /** Sequence numbers that may come late: a multiple of 8, from 8 to 1024; 32 unless given. */
  readonly replayWindow?: number;
  /** Who the peer is to those who ask; `oscore:ID` or `oscore:ID@CONTEXT` in hexadecimal unless given. */
  readonly identity?: string;
}

/** A request's kid and partial IV, to which every response to it is tied. */
export interface Binding {
  readonly kid: Buffer;
  readonly partialIv: Buffer;
  readonly nonce: Buffer;
  readonly aad: Buffer;
}

/** A security context without its changing part. The keys stay inside: printing it shows none. */
export interface OscoreContext {
  readonly identity: string;
  readonly senderId: Buffer;
  readonly recipientId: Buffer;
  readonly idContext: Buffer | undefined;
  readonly announceIdContext: boolean;
  readonly replayWindow: number;
  /** The name its changing part is kept by: the same for the same sender key only. */
  readonly stateName: string;
  /** Bytes of the longest plaintext. */
  readonly plaintextMax: number;
  /** `kid` is the sender id for our own requests, the recipient id for the peer's. */
  bind(kid: Buffer, partialIv: Buffer): Binding;
  nonce(id: Buffer, partialIv: Buffer): Buffer;
  /** With our sender key. No nonce may be given twice. */
  seal(nonce: Buffer, aad: Buffer, plaintext: Buffer): Buffer;
  /** With the peer's sender key; undefined where anything is not as it was sealed. */
  unseal(nonce: Buffer, aad: Buffer, sealed: Buffer): Buffer | undefined;
}

/** Derives the keys (RFC 8613 §3.2). Throws COAP_OSCORE_CONTEXT_INVALID. */
export function oscoreContext(options: OscoreContextOptions): OscoreContext {
  const aead = aeads[options.algorithm ?? 'AES-CCM-16-64-128'];
  const senderId = Buffer.from(options.senderId);
  const recipientId = Buffer.from(options.recipientId);
  const idContext = options.idContext && Buffer.from(options.idContext);
  const replayWindow = options.replayWindow ?? 32;
  check({ ...options, replayWindow }, aead);

  const { masterSecret, masterSalt = new Uint8Array(0) } = options;
  const material: KeyMaterial = { masterSecret, masterSalt, idContext, aead };
  const senderKey = deriveKey(material, senderId);
  const recipientKey = deriveKey(material, recipientId);
  const commonIv = deriveCommonIv(material);
  const nonce = (id: Buffer, partialIv: Buffer): Buffer => nonceOf(commonIv, id, partialIv);

  return {
    identity: options.identity ?? nameOf(recipientId, idContext),
    senderId,
    recipientId,
    idContext,
    announceIdContext: options.announceIdContext ?? true,
    replayWindow,
    stateName: deriveStateName(material, senderId),
    plaintextMax: aead.plaintextMax,
    bind: (kid, partialIv) => ({
      kid,
      partialIv,
      nonce: nonce(kid, partialIv),
      aad: additionalData(aead, kid, partialIv),
    }),
    nonce,
    seal: (nonce, aad, plaintext) => seal(aead, senderKey, nonce, aad, plaintext),
    unseal: (nonce, aad, sealed) => unseal(aead, recipientKey, nonce, aad, sealed),
  };
}

const nameOf = (recipientId: Buffer, idContext: Buffer | undefined): string =>
  `oscore:${[recipientId, ...(idContext ? [idContext] : [])].map((id) => id.toString('hex')).join('@')}`;

const secretSizeMin = 16;

function check(options: OscoreContextOptions & { readonly replayWindow: number }, aead: Aead | undefined): void {
  const { masterSecret, senderId, recipientId, idContext, replayWindow } = options;
  if (!aead) throw refusal(`the algorithm is none of ${Object.keys(aeads).join(', ')}`);
  const idMax = idSizeMax(aead);
  if (masterSecret.length < secretSizeMin)
    throw refusal(`the master secret has ${masterSecret.length} of ${secretSizeMin} bytes`, {
      size: masterSecret.length,
    });
  for (const [name, { length }] of Object.entries({ sender: senderId, recipient: recipientId })) {
    if (length > idMax)
      throw refusal(`the ${name} id has ${length} bytes, ${aead.name} allows ${idMax}`, { length, idMax });
  }
  if (Buffer.compare(senderId, recipientId) === 0) throw refusal('sender and recipient have the same id');
  if (idContext && idContext.length > kidContextMax) throw refusal(`the ID context has ${idContext.length} bytes`);
  if (replayWindow < 8 || replayWindow > 1024 || replayWindow % 8 !== 0)
    throw refusal(`a replay window of ${replayWindow} is not a multiple of 8 from 8 to 1024`, { replayWindow });
}

const refusal = (why: string, facts: Readonly<Record<string, unknown>> = {}): Fault =>
  oscoreFaults('COAP_OSCORE_CONTEXT_INVALID', why, facts);
