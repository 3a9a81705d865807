import { crc32 } from 'node:zlib';
import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { batchHash, bodyDigest, readFields, writeFields } from '../chain.ts';
import type { Batch } from '../journal.ts';

/**
 * A batch in a segment, version 1. Little endian.
 *
 *   batch      = header:152 body:bodyLength?                      the body is absent in a stub and in a gap
 *   header     = magic:u32 headCrc:u32 length:u32 bodyCrc:u32 inCommit:u32 kind:u8 zero:u8*3
 *                prevHash:32 fields:32 bodyDigest:32 hash:32      fields as in chain.ts
 *   body       = count*(length:u32 bytes)
 *   length     = bytes on disk, header included
 *   headCrc    = CRC-32 of the header from `length` on; both CRCs begin from the journal's salt, so that no record can
 *                contain what passes for a batch
 *   bodyCrc    = CRC-32 of the body; in a stub that of the body that was there
 *   inCommit   = records of the same commit before this batch; what lies before them was durable when this was written
 *   kind       = 0 full | 1 stub: the body has expired or was let go | 2 gap: `count` offsets were trimmed whole, and the
 *                chain goes on from `hash`, which then is not the hash of these fields
 *   hash       = SHA-256(prevHash fields bodyDigest)
 */
export const batchHeaderSize = 152;
export const batchMagic = 0x31_42_56_53;

export type BatchKind = 'full' | 'stub' | 'gap';
const kinds: readonly BatchKind[] = ['full', 'stub', 'gap'];

const prevHashAt = 24;
const fieldsAt = 56;
const digestAt = 88;
const hashAt = 120;
const bodyAt = batchHeaderSize;

/** A batch where it lies in a segment. */
export interface Frame {
  /** From the beginning of the segment. */
  readonly position: number;
  readonly length: number;
  readonly kind: BatchKind;
  readonly inCommit: number;
  readonly bodyCrc: number;
  /** Its body is undefined also where it has not been read. */
  readonly batch: Batch;
}

/** What the header of a new batch says besides what follows from its body, which is already in place behind it. */
export interface BatchToSeal {
  readonly klass: number;
  readonly firstOffset: number;
  readonly count: number;
  readonly appendedAt: number;
  readonly inCommit: number;
  readonly prevHash: Uint8Array;
  readonly length: number;
}

/** Writes the header of a full batch at `at`, before its body; gives its hash. */
export function sealBatch(bytes: Buffer, at: number, salt: number, batch: BatchToSeal): Uint8Array {
  const body = bytes.subarray(at + bodyAt, at + batch.length);
  const fields = { ...batch, bodyLength: body.length };
  const digest = bodyDigest(body);
  const hash = batchHash(fields, digest, batch.prevHash);
  const { length, inCommit, prevHash } = batch;
  writeHeader(bytes, at, salt, {
    kind: 'full',
    length,
    bodyCrc: crc32(body, salt),
    inCommit,
    prevHash,
    fields,
    bodyDigest: digest,
    hash,
  });
  return hash;
}

/** The header of the stub that is left of a batch when its body goes. */
export function encodeStub(frame: Frame, salt: number): Buffer {
  const bytes = Buffer.alloc(batchHeaderSize);
  const { batch, bodyCrc, inCommit } = frame;
  writeHeader(bytes, 0, salt, { ...batch, kind: 'stub', length: batchHeaderSize, inCommit, bodyCrc, fields: batch });
  return bytes;
}

/** The header that stands for `count` offsets which were trimmed whole, from the chain's hash before them to that after. */
export function encodeGap(
  gap: { firstOffset: number; count: number; prevHash: Uint8Array; hash: Uint8Array },
  salt: number,
): Buffer {
  const bytes = Buffer.alloc(batchHeaderSize);
  const fields = { klass: 0, firstOffset: gap.firstOffset, count: gap.count, appendedAt: 0, bodyLength: 0 };
  const bodyDigest = new Uint8Array(32);
  writeHeader(bytes, 0, salt, {
    ...gap,
    kind: 'gap',
    length: batchHeaderSize,
    inCommit: 0,
    bodyCrc: 0,
    fields,
    bodyDigest,
  });
  return bytes;
}

interface Header {
  readonly kind: BatchKind;
  readonly length: number;
  readonly bodyCrc: number;
  readonly inCommit: number;
  readonly prevHash: Uint8Array;
  readonly fields: Parameters<typeof writeFields>[2];
  readonly bodyDigest: Uint8Array;
  readonly hash: Uint8Array;
}

function writeHeader(bytes: Buffer, at: number, salt: number, header: Header): void {
  bytes.writeUInt32LE(batchMagic, at);
  bytes.writeUInt32LE(header.length, at + 8);
  bytes.writeUInt32LE(header.bodyCrc, at + 12);
  bytes.writeUInt32LE(header.inCommit, at + 16);
  bytes.writeUInt32LE(kinds.indexOf(header.kind), at + 20);
  bytes.set(header.prevHash, at + prevHashAt);
  writeFields(bytes, at + fieldsAt, header.fields);
  bytes.set(header.bodyDigest, at + digestAt);
  bytes.set(header.hash, at + hashAt);
  bytes.writeUInt32LE(crc32(bytes.subarray(at + 8, at + batchHeaderSize), salt), at + 4);
}

/** Reads the header at `at`, which has `batchHeaderSize` bytes there, and leaves the body out. */
export function decodeFrame(bytes: Buffer, at: number, salt: number, position: number): Decoded<Frame> {
  if (bytes.readUInt32LE(at) !== batchMagic) return undecodable('no batch begins here');
  const crc = crc32(bytes.subarray(at + 8, at + batchHeaderSize), salt);
  if (bytes.readUInt32LE(at + 4) !== crc) return undecodable("the header's CRC does not fit");
  const kind = kinds[bytes[at + 20]!];
  if (kind === undefined) return undecodable(`kind ${bytes[at + 20]} is unknown`);
  const fields = readFields(bytes, at + fieldsAt);
  const length = bytes.readUInt32LE(at + 8);
  if (length !== batchHeaderSize + (kind === 'full' ? fields.bodyLength : 0)) {
    return undecodable(`length ${length} does not fit a ${kind} batch of ${fields.bodyLength} bytes`);
  }
  const inCommit = bytes.readUInt32LE(at + 16);
  const bodyCrc = bytes.readUInt32LE(at + 12);
  const { klass, firstOffset, count, appendedAt, bodyLength } = fields;
  const batch: Batch = {
    klass,
    firstOffset,
    count,
    appendedAt,
    bodyLength,
    prevHash: bytes.subarray(at + prevHashAt, at + fieldsAt),
    bodyDigest: bytes.subarray(at + digestAt, at + hashAt),
    hash: bytes.subarray(at + hashAt, at + bodyAt),
    body: undefined,
  };
  return decoded({ position, length, kind, inCommit, bodyCrc, batch });
}

/** The batch with its body from `bytes`, where its header is at `at`. The body is not copied. */
export function withBody(frame: Frame, bytes: Buffer, at: number): Frame {
  if (frame.kind !== 'full') return frame;
  return { ...frame, batch: { ...frame.batch, body: bytes.subarray(at + bodyAt, at + frame.length) } };
}

/** The whole batch as it lies on disk; for a frame that came with its body. */
export function frameBytes(frame: Frame): Uint8Array {
  const { prevHash } = frame.batch;
  return new Uint8Array(prevHash.buffer, prevHash.byteOffset - prevHashAt, frame.length);
}

/** True if the body, where it has one, is the one that was written. */
export function bodyIsWhole(frame: Frame, salt: number): boolean {
  const { body } = frame.batch;
  return body === undefined || crc32(body, salt) === frame.bodyCrc;
}
