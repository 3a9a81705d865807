import { batchHash, bodyDigest } from '@selvedge/journal';
import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { type BatchFrame, batchCodec } from '@selvedge/protocol';
import type { ShippedBatch } from '../../ports.ts';
import { unzip } from './unzip.ts';

/**
 * Gives a shipped batch its plain body back and recomputes digest and hash: what passes is a batch of some chain, whole.
 * What is unpacked never has more bytes than the frame announced, which the frame's decoder has bounded.
 */
export function unpackBatch(frame: BatchFrame, node: string, epoch: string): Decoded<ShippedBatch> {
  const body = plainBody(frame);
  if (!body.ok) return body;
  if (body.value !== undefined) {
    if (body.value.length !== frame.plainLength)
      return undecodable(`the body has ${body.value.length} bytes, ${frame.plainLength} were announced`);
    if (!isSame(bodyDigest(body.value), frame.bodyDigest))
      return undecodable('the body has another digest than the batch says');
  }
  const { klass, firstOffset, count, appendedAt, prevHash, hash } = frame;
  const bodyLength = frame.plainLength;
  const fields = { klass, firstOffset, count, appendedAt, bodyLength };
  if (!isSame(batchHash(fields, frame.bodyDigest, prevHash), hash))
    return undecodable('the batch has another hash than it says');
  return decoded({
    ...fields,
    node,
    epoch,
    prevHash,
    hash,
    bodyDigest: frame.bodyDigest,
    body: body.value,
  });
}

function plainBody(frame: BatchFrame): Decoded<Uint8Array | undefined> {
  if (frame.codec === batchCodec.stub) return decoded(undefined);
  if (frame.codec === batchCodec.plain) return decoded(frame.body);
  try {
    return decoded(unzip(frame.body, frame.plainLength));
  } catch (cause) {
    return undecodable(`the body cannot be unpacked: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

const isSame = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
