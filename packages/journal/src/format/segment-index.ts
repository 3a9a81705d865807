import { crc32 } from 'node:zlib';
import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { readU64, writeU64 } from '../chain.ts';
import type { Segment, Tally } from '../segment.ts';
import { formatVersion } from './segment-header.ts';

/**
 * What is known of a closed segment, so that opening need not read it, version 1. Little endian. It is a copy: where it is
 * absent or does not fit its segment, it is made again from the segment.
 *
 *   file      = <firstOffset in 16 decimal digits>.idx
 *   index     = magic:u32 crc:u32 version:u16(=1) tallies:u8 gap:u8 marks:u32 size:u64
 *               firstOffset:u64 endOffset:u64 prevHash:32 endHash:32 tallies*tally marks*mark
 *   tally     = class:u8 zero:u8*7 records:u64 bytes:u64 stubs:u64 from:u64 to:u64 end:u64 firstAt:u64 lastAt:u64
 *   mark      = offset:u64 position:u64                           a batch begins there; about one in 64 KiB
 *   crc       = CRC-32 of what follows it
 *   size      = bytes of the segment file that belong to it
 */
const headSize = 104;
const tallySize = 72;
const markSize = 16;
const magic = 0x31_49_56_53;

export function encodeSegmentIndex(segment: Segment): Buffer {
  const tallies = [...segment.tallies];
  const bytes = Buffer.alloc(headSize + tallies.length * tallySize + (segment.marks.length / 2) * markSize);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt16LE(formatVersion, 8);
  bytes[10] = tallies.length;
  bytes[11] = segment.gap ? 1 : 0;
  bytes.writeUInt32LE(segment.marks.length / 2, 12);
  writeU64(bytes, 16, segment.size);
  writeU64(bytes, 24, segment.firstOffset);
  writeU64(bytes, 32, segment.endOffset);
  bytes.set(segment.prevHash, 40);
  bytes.set(segment.endHash, 72);
  let at = headSize;
  for (const [klass, tally] of tallies) {
    bytes[at] = klass;
    const { records, bytes: size, stubs, from, to, end, firstAt, lastAt } = tally;
    for (const [index, value] of [records, size, stubs, from, to, end, firstAt, lastAt].entries()) {
      writeU64(bytes, at + 8 + index * 8, value);
    }
    at += tallySize;
  }
  for (const value of segment.marks) {
    writeU64(bytes, at, value);
    at += 8;
  }
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4);
  return bytes;
}

export function decodeSegmentIndex(bytes: Buffer): Decoded<Segment> {
  if (bytes.length < headSize || bytes.readUInt32LE(0) !== magic) return undecodable('it does not begin as an index');
  if (bytes.readUInt32LE(4) !== crc32(bytes.subarray(8))) return undecodable("the index's CRC does not fit");
  if (bytes.readUInt16LE(8) !== formatVersion) return undecodable(`its format version is ${bytes.readUInt16LE(8)}`);
  const tallies = new Map<number, Tally>();
  const marks: number[] = [];
  let at = headSize;
  for (let left = bytes[10]!; left > 0; left--) {
    const value = (index: number): number => readU64(bytes, at + 8 + index * 8);
    tallies.set(bytes[at]!, {
      records: value(0),
      bytes: value(1),
      stubs: value(2),
      from: value(3),
      to: value(4),
      end: value(5),
      firstAt: value(6),
      lastAt: value(7),
    });
    at += tallySize;
  }
  for (let left = bytes.readUInt32LE(12) * 2; left > 0; left--, at += 8) marks.push(readU64(bytes, at));
  return decoded({
    firstOffset: readU64(bytes, 24),
    endOffset: readU64(bytes, 32),
    size: readU64(bytes, 16),
    prevHash: Uint8Array.from(bytes.subarray(40, 72)),
    endHash: Uint8Array.from(bytes.subarray(72, 104)),
    gap: bytes[11] === 1,
    tallies,
    marks,
    indexSize: bytes.length,
    version: 0,
    changing: undefined,
  });
}
