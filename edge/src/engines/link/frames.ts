import { type Batch, bodyDigest } from '@selvedge/journal';
import {
  type BundleEncoder,
  type BundleRun,
  batchCodec,
  bundleEncoder,
  encodeBatch,
  localClass,
} from '@selvedge/protocol';
import type { EdgeAdapters, LinkFlow } from '../../ports.ts';

/** Writes batches of one class as one frame. */
export interface FrameWriter {
  /** Batches that one frame holds at most. */
  readonly batchesMax: number;
  /** All that is written for a connection must leave by it, in order. */
  write(batches: readonly Batch[], flow: LinkFlow, by: object): Uint8Array;
}

/** Compresses a batch's body for the way; gives it back as it is when that does not help. */
export type Pack = (body: Uint8Array) => { readonly codec: 0 | 1; readonly body: Uint8Array };

/**
 * Many batches in a frame. What is live and what is backlog are streams of their own for each class, since the frames of
 * a stream build on each other; a new connection begins anew. [LNK-35]
 */
export function bundleFrames(options: NonNullable<EdgeAdapters['bundle']>): FrameWriter {
  const encoders = new WeakMap<object, BundleEncoder[]>();
  const encoderOf = (by: object, stream: number): BundleEncoder => {
    let all = encoders.get(by);
    if (!all) encoders.set(by, (all = []));
    return (all[stream] ??= bundleEncoder({ ...options, stream }));
  };
  return {
    batchesMax: 4_096,
    write: (batches, { klass, tier }, by) =>
      encoderOf(by, klass * 2 + (tier === 'live' ? 0 : 1)).encode(runsOf(batches)),
  };
}

/** Pieces of the chain without a hole. */
function runsOf(batches: readonly Batch[]): readonly BundleRun[] {
  const pieces: Batch[][] = [];
  for (const batch of batches) {
    const last = pieces.at(-1)?.at(-1);
    if (last && last.firstOffset + last.count === batch.firstOffset) pieces.at(-1)!.push(batch);
    else pieces.push([batch]);
  }
  return pieces.map((piece): BundleRun => {
    const { klass, firstOffset, prevHash } = piece[0]!;
    const place = { firstOffset, prevHash, hash: piece.at(-1)!.hash };
    if (klass !== localClass) return { kind: 'batches', ...place, batches: piece };
    return { kind: 'local', ...place, count: piece.reduce((sum, { count }) => sum + count, 0) };
  });
}

/** A frame for each batch, as every cloud understands them. */
export const batchFrames = (pack: Pack): FrameWriter => ({
  batchesMax: 1,
  write: ([batch]) => batchFrame(batch!, pack),
});

function batchFrame(batch: Batch, pack: Pack): Uint8Array {
  const { klass, firstOffset, count, appendedAt, prevHash, hash } = batch;
  const common = { klass, firstOffset, count, appendedAt, prevHash, hash };
  // What stays at the site travels without its body, and so only as a link of the chain.
  if (!batch.body || klass === localClass) {
    const { bodyDigest: digest, bodyLength: plainLength } = batch;
    return encodeBatch({
      ...common,
      codec: batchCodec.stub,
      bodyDigest: digest,
      plainLength,
      body: new Uint8Array(0),
    });
  }
  // Computed from the body and not taken over, so that a body that has rotted in memory is not shipped as sound.
  const digest = bodyDigest(batch.body);
  const packed = pack(batch.body);
  return encodeBatch({
    ...common,
    codec: packed.codec,
    bodyDigest: digest,
    plainLength: batch.body.length,
    body: packed.body,
  });
}
