import { zstdDecompressSync } from 'node:zlib';

/** What zstd has packed, of at most `length` bytes. Throws where there are more, or where the bytes are not zstd. [LNK-10] */
export const unzip = (bytes: Uint8Array, length: number): Buffer =>
  zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, length) });
