import { hash } from 'node:crypto';

/** The fields of a batch that its hash covers, besides the body's digest and the hash before. */
export interface BatchFields {
  readonly klass: number;
  readonly firstOffset: number;
  readonly count: number;
  /** Milliseconds since the Unix epoch. */
  readonly appendedAt: number;
  readonly bodyLength: number;
}

/** Bytes of a SHA-256. */
export const hashSize = 32;
/** Bytes that `writeFields` writes. */
export const fieldsSize = 32;

/** The hash before the first batch of a journal: SHA-256 of `selvedge journal ` and the epoch's 12 characters. */
export function genesisHash(epoch: string): Uint8Array {
  return hash('sha256', `selvedge journal ${epoch}`, 'buffer');
}

/** SHA-256 of the body; it stays when the body has gone, so that the chain can still be recomputed. */
export function bodyDigest(body: Uint8Array): Uint8Array {
  return hash('sha256', body, 'buffer');
}

/**
 * The hash that chains a batch to the one before: SHA-256 of `prevHash fields bodyDigest`.
 *
 *   fields = firstOffset:u64le appendedAt:u64le count:u32le bodyLength:u32le class:u8 zero:u8*7
 */
export function batchHash(fields: BatchFields, digest: Uint8Array, prevHash: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(hashSize + fieldsSize + hashSize);
  bytes.set(prevHash, 0);
  writeFields(bytes, hashSize, fields);
  bytes.set(digest, hashSize + fieldsSize);
  return hash('sha256', bytes, 'buffer');
}

/** Writes the 32 bytes of fields that `batchHash` covers; `bytes` must be zero there or be written whole. */
export function writeFields(bytes: Buffer, at: number, fields: BatchFields): void {
  writeU64(bytes, at, fields.firstOffset);
  writeU64(bytes, at + 8, fields.appendedAt);
  bytes.writeUInt32LE(fields.count, at + 16);
  bytes.writeUInt32LE(fields.bodyLength, at + 20);
  bytes.writeUInt32LE(fields.klass, at + 24);
  bytes.writeUInt32LE(0, at + 28);
}

export function readFields(bytes: Buffer, at: number): BatchFields {
  return {
    firstOffset: readU64(bytes, at),
    appendedAt: readU64(bytes, at + 8),
    count: bytes.readUInt32LE(at + 16),
    bodyLength: bytes.readUInt32LE(at + 20),
    klass: bytes[at + 24]!,
  };
}

/**
 * Visits the records of a body, `*(length:u32le bytes)`, in order. False where the lengths do not add up to the body;
 * the records before the fault have been visited then.
 */
export function forEachRecord(body: Uint8Array, visit: (start: number, end: number, index: number) => void): boolean {
  let at = 0;
  for (let index = 0; at < body.length; index++) {
    const start = at + 4;
    if (start > body.length) return false;
    const end = start + (body[at]! | (body[at + 1]! << 8) | (body[at + 2]! << 16)) + body[at + 3]! * 0x1_00_00_00;
    if (end > body.length) return false;
    visit(start, end, index);
    at = end;
  }
  return true;
}

/** How many records a body holds, or -1 where its lengths do not add up. */
export function countRecords(body: Uint8Array): number {
  let count = 0;
  const whole = forEachRecord(body, () => {
    count += 1;
  });
  return whole ? count : -1;
}

/** A whole number below 2^53 as 8 bytes, little endian. */
export function writeU64(bytes: Buffer, at: number, value: number): void {
  bytes.writeUInt32LE(value % 0x1_0000_0000, at);
  bytes.writeUInt32LE(Math.floor(value / 0x1_0000_0000), at + 4);
}

export function readU64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 0x1_0000_0000;
}
