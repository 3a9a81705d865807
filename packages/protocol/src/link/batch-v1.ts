import { Buffer } from 'node:buffer';
import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { frameSizeMax, frameType } from './frame.ts';

/** How the body of a shipped batch is written. Numbers are for ever. */
export const batchCodec = {
  /** The journal's bytes as they are. */
  plain: 0,
  /** The journal's bytes under zstd. */
  zstd: 1,
  /** The readings as columns under zstd; gives back the journal's bytes exactly. */
  columns: 2,
  /** No body: the records have expired, and only the chain goes on. */
  stub: 3,
} as const;
export type BatchCodec = (typeof batchCodec)[keyof typeof batchCodec];

/**
 * One batch of the edge's journal. Little endian.
 *
 *   batch = type:u8(=4) version:u8(=1) codec:u8 class:u8 firstOffset:f64 count:u32 appendedAt:f64
 *           prevHash:32 hash:32 bodyDigest:32 plainLength:u32 body
 */
export interface BatchFrame {
  readonly codec: BatchCodec;
  readonly klass: number;
  readonly firstOffset: number;
  readonly count: number;
  readonly appendedAt: number;
  readonly prevHash: Uint8Array;
  readonly hash: Uint8Array;
  /** SHA-256 of the plain body. */
  readonly bodyDigest: Uint8Array;
  /** Length of the plain body, so that a receiver bounds what it unpacks. */
  readonly plainLength: number;
  readonly body: Uint8Array;
}

const headerSize = 4 + 8 + 4 + 8 + 96 + 4;

export function encodeBatch(batch: BatchFrame): Buffer {
  const frame = Buffer.allocUnsafe(headerSize + batch.body.length);
  frame[0] = frameType.batch;
  frame[1] = 1;
  frame[2] = batch.codec;
  frame[3] = batch.klass;
  frame.writeDoubleLE(batch.firstOffset, 4);
  frame.writeUInt32LE(batch.count, 12);
  frame.writeDoubleLE(batch.appendedAt, 16);
  frame.set(batch.prevHash, 24);
  frame.set(batch.hash, 56);
  frame.set(batch.bodyDigest, 88);
  frame.writeUInt32LE(batch.plainLength, 120);
  frame.set(batch.body, headerSize);
  return frame;
}

/** Reads a batch frame; the parts are views into `frame`. Whether hash and digest are true is the receiver's to check. */
export function decodeBatch(frame: Buffer): Decoded<BatchFrame> {
  if (frame.length < headerSize)
    return undecodable(`a batch has at least ${headerSize} bytes, this has ${frame.length}`);
  if (frame[0] !== frameType.batch || frame[1] !== 1)
    return undecodable(`type ${frame[0]} version ${frame[1]} is not a batch`);
  const codec = frame[2]!;
  if (codec > batchCodec.stub) return undecodable(`codec ${codec} is unknown`);
  const plainLength = frame.readUInt32LE(120);
  if (plainLength > frameSizeMax)
    return undecodable(`a body of ${plainLength} bytes; at most ${frameSizeMax} are allowed`);
  const firstOffset = frame.readDoubleLE(4);
  const count = frame.readUInt32LE(12);
  if (!Number.isSafeInteger(firstOffset) || firstOffset < 0 || !Number.isSafeInteger(firstOffset + count))
    return undecodable(`offsets ${firstOffset} … ${firstOffset + count} are no place in a journal`);
  if (count === 0) return undecodable('a batch has at least one record');
  const appendedAt = frame.readDoubleLE(16);
  if (!Number.isFinite(appendedAt)) return undecodable(`${appendedAt} is not a time`);
  const body = frame.subarray(headerSize);
  const rightLength = codec === batchCodec.stub ? 0 : codec === batchCodec.plain ? plainLength : body.length;
  if (body.length !== rightLength)
    return undecodable(`a body of ${body.length} bytes where codec ${codec} has ${rightLength}`);
  return decoded({
    codec: codec as BatchCodec,
    klass: frame[3]!,
    firstOffset,
    count,
    appendedAt,
    prevHash: frame.subarray(24, 56),
    hash: frame.subarray(56, 88),
    bodyDigest: frame.subarray(88, 120),
    plainLength,
    body,
  });
}
