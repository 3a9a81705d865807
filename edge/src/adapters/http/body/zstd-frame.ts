import type { Buffer } from 'node:buffer';
import { httpFaults } from '../faults.ts';

/** RFC 9659: what every receiver of the coding must take, and no sender may exceed. */
export const windowMax = 8 * 2 ** 20;

/** How a Zstandard frame begins (RFC 8878 section 3.1.1.1). */
export interface ZstdHead {
  /** Bytes of the head itself. */
  readonly size: number;
  /** Bytes of memory that the frame asks for. */
  readonly window: number;
  readonly hasChecksum: boolean;
}

const magic = 0xfd2fb528;

/** Reads the head of a frame; 'short' when more of it must come first, undefined when it is none. */
export function readZstdHead(bytes: Buffer): ZstdHead | 'short' | undefined {
  if (bytes.length >= 4 && bytes.readUInt32LE(0) !== magic) return undefined;
  if (bytes.length < 6) return 'short';
  const descriptor = bytes[4]!;
  const isSingle = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeAt = 5 + (isSingle ? 0 : 1) + [0, 1, 2, 4][descriptor & 3]!;
  const length = sizeFlag === 0 && !isSingle ? 0 : [1, 2, 4, 8][sizeFlag]!;
  const size = sizeAt + length;
  if (bytes.length < size) return 'short';
  const hasChecksum = (descriptor & 4) !== 0;
  if (isSingle) return { size, hasChecksum, window: contentSize(bytes, sizeAt, sizeFlag) };
  const base = 2 ** (10 + (bytes[5]! >> 3));
  return { size, hasChecksum, window: base + (base / 8) * (bytes[5]! & 7) };
}

/** In one segment the window is the content. */
function contentSize(bytes: Buffer, at: number, flag: number): number {
  if (flag === 3) return Number(bytes.readBigUInt64LE(at));
  return bytes.readUIntLE(at, [1, 2, 4][flag]!) + (flag === 1 ? 256 : 0);
}

/**
 * Passes a frame on, and throws HTTP_INVALID where it ends early or something follows it. The decoder of Node says
 * nothing of either, and readings would be lost without a word.
 */
export async function* oneFrame(source: AsyncIterable<Buffer>, head: ZstdHead): AsyncGenerator<Buffer> {
  /** Bytes until the next block's head, in which as many of its bytes were seen as `seen` says. */
  let skip = head.size;
  let seen = 0;
  let block = 0;
  let isLast = false;
  for await (const part of source) {
    let at = 0;
    while (at < part.length) {
      if (skip > 0) {
        const step = Math.min(skip, part.length - at);
        at += step;
        skip -= step;
        continue;
      }
      if (isLast) throw httpFaults('HTTP_INVALID', 'something follows the zstd frame; send a body as one frame');
      block += part[at++]! * 2 ** (8 * seen);
      seen += 1;
      if (seen < 3) continue;
      // A block of one repeated byte (type 1) has that byte alone, whatever its size.
      isLast = (block & 1) === 1;
      skip = (((block >> 1) & 3) === 1 ? 1 : block >> 3) + (isLast && head.hasChecksum ? 4 : 0);
      [block, seen] = [0, 0];
    }
    yield part;
  }
  if (!isLast || skip > 0) throw httpFaults('HTTP_INVALID', 'the zstd frame of the body ends early');
}
