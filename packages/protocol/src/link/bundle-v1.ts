import type { Buffer } from 'node:buffer';
import type { Decoded } from '@selvedge/kernel';
import type { BundleBatch } from '../codec/batch-coder.ts';
import { bundleDecoder } from './bundle-v1-decoder.ts';
import { bundleEncoder } from './bundle-v1-encoder.ts';

/**
 * Many batches of the journal in one frame. Little endian.
 *
 *   bundle   = type:u8(=13) version:u8(=1) packing:u8 stream:u8 number:varint plainLength:varint
 *              runs:varint run×runs section(numbers) section(bytes apart)
 *   run      = kind:u8 [firstOffset:varint prevHash:32] hash:32 count:varint
 *   section  = length:varint [plainLength:varint] bytes
 *
 * `packing` has bit 0 where numbers are ranged and not planes, bit 1 where the numbers are under zstd, bit 2 where the
 * bytes apart are, bit 3 where these are predicted and stand among ranged numbers; a section under zstd has its plain length. `kind` has bit 0 for a local run, bit 1 where the run begins
 * at the end of the one before it in the stream, so that neither offset nor hash is told. `count` counts the records
 * of a local run and the batches of another. `number` counts the bundles of a stream; bundle 0 begins anew. What the sections hold stands in
 * `codec/`. Inner hashes are not shipped: whoever receives the bundle recomputes them.
 */
export interface Bundle {
  readonly runs: readonly BundleRun[];
  /** Bytes of all bodies. */
  readonly plainLength: number;
}

export type { BundleBatch } from '../codec/batch-coder.ts';

/** Contiguous batches of a journal: a piece of its chain, from the hash before it to the hash at its end. */
export type BundleRun = BundleBatches | BundleLocal;

interface BundlePlace {
  readonly firstOffset: number;
  readonly prevHash: Uint8Array;
  readonly hash: Uint8Array;
}

export interface BundleBatches extends BundlePlace {
  readonly kind: 'batches';
  readonly batches: readonly BundleBatch[];
}

/** Records that stay at the site: only their number and the chain around them are shipped. */
export interface BundleLocal extends BundlePlace {
  readonly kind: 'local';
  readonly count: number;
}

/**
 * `plain`: bodies as they are, under zstd; `quick`: columns under zstd; `default`: columns under a range coder that goes on
 * learning from bundle to bundle; `max`: the same, and what is no reading is predicted byte by byte.
 */
export type BundleProfile = 'plain' | 'quick' | 'default' | 'max';

export interface BundleOptions {
  readonly profile: BundleProfile;
  /** Number of the stream, from 0 to 15: bundles of one stream build on each other and must arrive in order. */
  readonly stream?: number;
}

/** Lent, so that this package needs no compression of its own. */
export interface Packing {
  /** zstd. */
  pack(bytes: Uint8Array): Uint8Array;
}
export interface Unpacking {
  /** Gives at most `length` bytes; throws where there are more, or where the bytes are not zstd. */
  unpack(bytes: Uint8Array, length: number): Uint8Array;
}

/** What a receiver is ready to hold of one bundle. */
export interface BundleBounds {
  /** Bytes of all bodies. */
  readonly plainLength: number;
  readonly batches: number;
}
export const bundleBounds: BundleBounds = { plainLength: 8 * 2 ** 20, batches: 65_536 };

export interface BundleEncoder {
  /** The next bundle of the stream. All of it must be sent; what is given up needs a `reset`. */
  encode(runs: readonly BundleRun[]): Buffer;
  /** Begins anew: the next bundle says all by itself. */
  reset(): void;
}

export interface BundleDecoder {
  /** Bodies are views into memory of their own. After a failure the stream waits for a bundle that begins anew. */
  decode(frame: Buffer): Decoded<Bundle>;
}

/** Bits of `packing`. */
export const packing = { ranged: 1, numbers: 2, apart: 4, predicted: 8 } as const;
/** Bits of a run's `kind`. */
export const runBit = { local: 1, follows: 2 } as const;
export const streamsMax = 16;

/** A bundle that says all by itself. */
export const encodeBundle = (runs: readonly BundleRun[], options: BundleOptions & Packing): Buffer =>
  bundleEncoder(options).encode(runs);

/** Reads a bundle that says all by itself. */
export const decodeBundle = (frame: Buffer, options: Unpacking & { readonly bounds?: BundleBounds }): Decoded<Bundle> =>
  bundleDecoder(options).decode(frame);
