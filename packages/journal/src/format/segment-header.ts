import { crc32 } from 'node:zlib';
import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { readU64, writeU64 } from '../chain.ts';

/**
 * The beginning of a segment file, version 1. Little endian. Batches follow without a space between them.
 *
 *   file      = <firstOffset in 16 decimal digits>.seg
 *   segment   = header:80 *batch
 *   header    = magic:u32 crc:u32 version:u16(=1) zero:u16 salt:u32 epoch:12 zero:u32
 *               firstOffset:u64 createdAt:u64 prevHash:32
 *   crc       = CRC-32 of what follows it
 *   prevHash  = the chain's hash before the first batch: with it the chain is verifiable after the segments before have gone
 */
export const segmentHeaderSize = 80;
const magic = 0x31_53_56_53;

/** The format of every file of a journal; a newer one is refused. */
export const formatVersion = 1;

export interface SegmentHeader {
  readonly salt: number;
  readonly epoch: string;
  readonly firstOffset: number;
  /** Wall time in milliseconds. */
  readonly createdAt: number;
  readonly prevHash: Uint8Array;
}

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(segmentHeaderSize);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt16LE(formatVersion, 8);
  bytes.writeUInt32LE(header.salt, 12);
  bytes.write(header.epoch, 16, 12, 'latin1');
  writeU64(bytes, 32, header.firstOffset);
  writeU64(bytes, 40, header.createdAt);
  bytes.set(header.prevHash, 48);
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
  return bytes;
}

export function decodeSegmentHeader(bytes: Buffer): Decoded<SegmentHeader> {
  if (bytes.length < segmentHeaderSize) return undecodable(`it ends after ${bytes.length} bytes of header`);
  if (bytes.readUInt32LE(0) !== magic) return undecodable('it does not begin as a segment');
  if (bytes.readUInt32LE(4) !== crc32(bytes.subarray(8, segmentHeaderSize)))
    return undecodable("its header's CRC does not fit");
  const version = bytes.readUInt16LE(8);
  if (version !== formatVersion) return undecodable(`its format version is ${version}, not ${formatVersion}`);
  return decoded({
    salt: bytes.readUInt32LE(12),
    epoch: bytes.toString('latin1', 16, 28),
    firstOffset: readU64(bytes, 32),
    createdAt: readU64(bytes, 40),
    prevHash: Uint8Array.from(bytes.subarray(48, segmentHeaderSize)),
  });
}

export const segmentName = (firstOffset: number): string => `${String(firstOffset).padStart(16, '0')}.seg`;
export const indexName = (firstOffset: number): string => `${String(firstOffset).padStart(16, '0')}.idx`;

/** The first offset that a segment's name says, or undefined if it is not one. */
export function offsetOfName(name: string): number | undefined {
  return /^\d{16}\.seg$/.test(name) ? Number(name.slice(0, 16)) : undefined;
}
