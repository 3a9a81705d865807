import { Buffer } from 'node:buffer';
import { zstdDecompressSync } from 'node:zlib';
import type { LinkConnection } from '@selvedge/edge';
import { type BundleRun, bundleDecoder, decodeBatch, frameTypeOf, type Interval } from '@selvedge/protocol';

export interface Tap {
  /** What goes to the cloud in place of the frame; undefined: nothing does. `tell` makes the node hear something that the cloud did not say. */
  sent?(frame: Buffer, tell: (frame: Buffer) => void): Buffer | undefined;
  /** What the node hears in place of the frame. */
  heard?(frame: Buffer): Buffer | undefined;
}

/** Stands between a node's link and the network. */
export function tapped(connection: LinkConnection, { sent, heard }: Tap): LinkConnection {
  let listener: ((frame: Buffer) => void) | undefined;
  const tell = (frame: Buffer): void => void Promise.resolve().then(() => listener?.(frame));
  return {
    send(frame) {
      const other = sent ? sent(Buffer.from(frame), tell) : Buffer.from(frame);
      return other ? connection.send(other) : true;
    },
    close: (reason) => connection.close(reason),
    get bufferedBytes() {
      return connection.bufferedBytes;
    },
    onFrame(given) {
      listener = given;
      connection.onFrame((frame) => {
        const other = heard ? heard(frame) : frame;
        if (other) given(other);
      });
    },
    onClose: (given) => connection.onClose(given),
  };
}

/** Reads what one connection ships: bundles build on each other, so it must see each frame once, in order. */
export function shipmentReader() {
  const bundles = bundleDecoder({ unpack: (bytes, length) => zstdDecompressSync(bytes, { maxOutputLength: length }) });
  const runs = (frame: Buffer): readonly BundleRun[] => {
    const bundle = bundles.decode(frame);
    return bundle.ok ? bundle.value.runs : [];
  };
  return {
    /** The runs of a bundle; none of another frame. */
    runs: (frame: Buffer): readonly BundleRun[] => (isType(frame, 'bundle') ? runs(frame) : []),
    /** The offsets that a frame ships. */
    intervals(frame: Buffer): readonly Interval[] {
      if (isType(frame, 'bundle')) return runs(frame).map(intervalOf);
      const batch = isType(frame, 'batch') ? decodeBatch(frame) : undefined;
      if (!batch?.ok) return [];
      const { firstOffset, count } = batch.value;
      return [[firstOffset, firstOffset + count]];
    },
  };
}

export const isType = (frame: Buffer, name: 'batch' | 'bundle' | 'hello' | 'welcome'): boolean => {
  const type = frameTypeOf(frame);
  return type.ok && type.value === name;
};

export const intervalOf = (run: BundleRun): Interval => {
  const count = run.kind === 'local' ? run.count : run.batches.reduce((sum, batch) => sum + batch.count, 0);
  return [run.firstOffset, run.firstOffset + count];
};
