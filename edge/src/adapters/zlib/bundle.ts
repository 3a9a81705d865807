import { constants, zstdCompressSync } from 'node:zlib';
import type { BundleProfile, Packing } from '@selvedge/protocol';

/** Bundles under zstd, level 3. */
export const zstdBundles = (profile: BundleProfile): Packing & { readonly profile: BundleProfile } => ({
  profile,
  pack: (bytes) => zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 3 } }),
});
