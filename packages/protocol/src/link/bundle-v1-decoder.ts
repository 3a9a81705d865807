import { Buffer } from 'node:buffer';
import { decoded, undecodable } from '@selvedge/kernel';
import { type BatchHead, type BundleBatch, codeBatch } from '../codec/batch-coder.ts';
import { type ByteSource, byteSource } from '../codec/byte-source.ts';
import { freshMemory, type Memory } from '../codec/memory.ts';
import { planeReader } from '../codec/planes.ts';
import { rangedReader } from '../codec/ranged.ts';
import {
  type Bundle,
  type BundleBounds,
  type BundleDecoder,
  type BundleRun,
  bundleBounds,
  packing,
  runBit,
  streamsMax,
  type Unpacking,
} from './bundle-v1.ts';
import { frameType } from './frame.ts';

/** Decodes the bundles of all streams of one link; `bundle-v1.ts` has the grammar. */
export function bundleDecoder(options: Unpacking & { readonly bounds?: BundleBounds }): BundleDecoder {
  const bounds = options.bounds ?? bundleBounds;
  const streams: (Memory | undefined)[] = [];

  const readSection = (source: ByteSource, isPacked: boolean): ByteSource => {
    const length = source.varint();
    if (!isPacked) return byteSource(source.bytes(length));
    const plainLength = source.varint();
    // Numbers that are all exceptions take little more room than the records.
    if (plainLength > bounds.plainLength * 2) throw new RangeError(`a section of ${plainLength} bytes`);
    const bytes = unpackWith(options, source.bytes(length), plainLength);
    if (bytes.length !== plainLength) throw new RangeError(`${bytes.length} bytes were packed, not ${plainLength}`);
    return byteSource(bytes);
  };

  const read = (frame: Buffer): Bundle => {
    const source = byteSource(frame.subarray(4));
    const packed = frame[2]!;
    const stream = frame[3]!;
    const number = source.varint();
    const before = streams[stream];
    streams[stream] = undefined;
    if (number !== 0 && before?.number !== number)
      throw new RangeError(`bundle ${number} of stream ${stream} came where ${before?.number ?? 0} was due`);
    const memory = number === 0 ? freshMemory() : before!;
    const plainLength = source.varint();
    if (plainLength > bounds.plainLength)
      throw new RangeError(`bodies of ${plainLength} bytes; at most ${bounds.plainLength} are allowed`);
    const heads = readHeads(source, memory.offset >= 0, bounds);
    const numbers = readSection(source, (packed & packing.numbers) !== 0);
    const apart = readSection(source, (packed & packing.apart) !== 0);
    if (source.left > 0) throw new RangeError(`${source.left} bytes are left over`);
    const coder =
      (packed & packing.ranged) !== 0
        ? rangedReader(memory.ranged, numbers, (packed & packing.predicted) === 0 ? apart : undefined)
        : planeReader(numbers, apart);
    const room = Buffer.allocUnsafeSlow(plainLength);
    let at = 0;
    const runs = heads.map((head): BundleRun => {
      if (!head.follows) Object.assign(memory, { offset: head.firstOffset, hash: head.prevHash });
      const place = { firstOffset: memory.offset, prevHash: memory.hash, hash: head.hash };
      memory.hash = head.hash;
      if (head.isLocal) {
        memory.offset += head.count;
        return { kind: 'local', ...place, count: head.count };
      }
      const batches: BundleBatch[] = [];
      for (let left = head.count; left > 0; left--) {
        const batch = codeBatch(coder, memory, room, at, noBatch);
        const body = batch.bodyDigest ? undefined : room.subarray(at, at + batch.bodyLength);
        batches.push({ ...batch, firstOffset: memory.offset, body });
        at += body?.length ?? 0;
        memory.offset += batch.count;
      }
      return { kind: 'batches', ...place, batches };
    });
    if (at !== plainLength) throw new RangeError(`bodies of ${at} bytes, ${plainLength} were announced`);
    memory.number = number + 1;
    streams[stream] = memory;
    return { runs, plainLength };
  };

  return {
    decode(frame) {
      if (frame[0] !== frameType.bundle || frame[1] !== 1)
        return undecodable(`type ${frame[0]} version ${frame[1]} is not a bundle`);
      if (frame.length < 6 || frame[2]! > 15 || frame[3]! >= streamsMax)
        return undecodable(`packing ${frame[2]}, stream ${frame[3]} in ${frame.length} bytes`);
      try {
        return decoded(read(frame));
      } catch (cause) {
        if (cause instanceof RangeError) return undecodable(`the bundle of ${frame.length} bytes: ${cause.message}`);
        throw cause;
      }
    },
  };
}

const noBatch: BatchHead = { klass: 0, count: 0, appendedAt: 0, bodyLength: 0, bodyDigest: undefined };

interface RunHead {
  readonly isLocal: boolean;
  readonly follows: boolean;
  readonly firstOffset: number;
  readonly prevHash: Uint8Array;
  readonly hash: Uint8Array;
  readonly count: number;
}

const hashSize = 32;

function readHeads(source: ByteSource, hasBefore: boolean, bounds: BundleBounds): readonly RunHead[] {
  const heads: RunHead[] = [];
  let batches = 0;
  for (let left = source.varint(); left > 0; left--) {
    const kind = source.byte();
    if (kind > 3) throw new RangeError(`kind ${kind} of a run is unknown`);
    const isLocal = (kind & runBit.local) !== 0;
    const follows = (kind & runBit.follows) !== 0;
    if (follows && !hasBefore && heads.length === 0) throw new RangeError('the first run follows none');
    const firstOffset = follows ? 0 : source.varint();
    const prevHash = follows ? noHash : source.bytes(hashSize);
    const hash = Uint8Array.from(source.bytes(hashSize));
    const count = source.varint();
    if (!isLocal) batches += count;
    if (batches > bounds.batches) throw new RangeError(`${batches} batches; at most ${bounds.batches} are allowed`);
    heads.push({ isLocal, follows, firstOffset, prevHash, hash, count });
  }
  return heads;
}

const noHash = new Uint8Array(0);

/** zstd throws what it likes; a damaged section is a RangeError here. */
function unpackWith({ unpack }: Unpacking, bytes: Uint8Array, length: number): Uint8Array {
  try {
    return unpack(bytes, length);
  } catch (cause) {
    throw new RangeError(cause instanceof Error ? cause.message : String(cause));
  }
}
