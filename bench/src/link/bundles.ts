import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import {
  type BundleBatch,
  type BundleProfile,
  type BundleRun,
  bundleDecoder,
  bundleEncoder,
  encodeReading,
  type Reading,
} from '@selvedge/protocol';

export const pack = (bytes: Uint8Array): Uint8Array => zstdCompressSync(bytes);
export const unpack = (bytes: Uint8Array, length: number): Uint8Array =>
  zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, length) });

export interface BundleFigures {
  /** Per reading, once the stream knows its devices: all but the first bundle. */
  readonly bytes: number;
  readonly encodeUs: number;
  readonly decodeUs: number;
}

/** Sends the readings as the link would, in bundles of journal batches, and takes them apart again; all must be the same. */
export function measureBundles(
  readings: readonly Reading[],
  shape: { readonly profile: BundleProfile; readonly perBundle: number; readonly perBatch: number },
): BundleFigures {
  const { profile, perBundle, perBatch } = shape;
  const bundles: BundleRun[] = [];
  for (let at = 0; at < readings.length; at += perBundle) {
    const batches: BundleBatch[] = [];
    for (let from = at; from < Math.min(readings.length, at + perBundle); from += perBatch)
      batches.push(batchOf(readings.slice(from, Math.min(from + perBatch, at + perBundle)), from));
    const hash = (end: number): Uint8Array => new Uint8Array(32).fill(end & 0xff);
    bundles.push({ kind: 'batches', firstOffset: at, prevHash: hash(at), hash: hash(at + perBundle), batches });
  }
  const encoder = bundleEncoder({ profile, pack });
  let from = process.cpuUsage();
  const frames = bundles.map((run) => encoder.encode([run]));
  const encodeUs = microsecondsSince(from);
  const decoder = bundleDecoder({ unpack });
  from = process.cpuUsage();
  const back = frames.map((frame) => decoder.decode(frame));
  const decodeUs = microsecondsSince(from);
  for (const [index, one] of back.entries())
    if (!one.ok || !isSame(one.value.runs[0], bundles[index])) throw new Error('a bundle came back changed');
  const later = frames.slice(1).reduce((sum, { length }) => sum + length, 0);
  return {
    bytes: later / Math.max(1, readings.length - perBundle),
    encodeUs: encodeUs / readings.length,
    decodeUs: decodeUs / readings.length,
  };
}

/** Of processor time, since on a busy machine others have their share of what the clock says. */
function microsecondsSince(from: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(from);
  return user + system;
}

function batchOf(readings: readonly Reading[], firstOffset: number): BundleBatch {
  const parts = readings.flatMap((reading) => {
    const record = encodeReading(reading);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(record.length);
    return [length, record];
  });
  const body = Buffer.concat(parts);
  const appendedAt = readings.at(-1)!.receivedAt + 1;
  return {
    klass: 1,
    firstOffset,
    count: readings.length,
    appendedAt,
    bodyLength: body.length,
    body,
    bodyDigest: undefined,
  };
}

function isSame(one: BundleRun | undefined, other: BundleRun | undefined): boolean {
  if (one?.kind !== 'batches' || other?.kind !== 'batches' || one.batches.length !== other.batches.length) return false;
  return one.batches.every(
    (batch, index) => batch.body !== undefined && Buffer.compare(batch.body, other.batches[index]!.body!) === 0,
  );
}
