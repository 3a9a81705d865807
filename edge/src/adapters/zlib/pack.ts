import { constants, zstdCompressSync } from 'node:zlib';
import { batchCodec } from '@selvedge/protocol';

/** Below this a compressed frame is no smaller. */
const worthwhile = 128;

/** Packs a batch's body with zstd, level 3; gives it back as it is when that does not make it smaller. */
export function pack(body: Uint8Array): { readonly codec: 0 | 1; readonly body: Uint8Array } {
  if (body.length < worthwhile) return { codec: batchCodec.plain, body };
  const packed = zstdCompressSync(body, { params: { [constants.ZSTD_c_compressionLevel]: 3 } });
  return packed.length < body.length ? { codec: batchCodec.zstd, body: packed } : { codec: batchCodec.plain, body };
}
