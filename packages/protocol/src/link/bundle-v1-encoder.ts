import { Buffer } from 'node:buffer';
import { type BundleBatch, codeBatch } from '../codec/batch-coder.ts';
import { type ByteSink, byteSink } from '../codec/byte-sink.ts';
import type { Coder } from '../codec/coder.ts';
import { freshMemory } from '../codec/memory.ts';
import { planeWriter } from '../codec/planes.ts';
import { rangedWriter } from '../codec/ranged.ts';
import { type BundleEncoder, type BundleOptions, type BundleRun, type Packing, packing, runBit } from './bundle-v1.ts';
import { frameType } from './frame.ts';

/** Encodes the bundles of one stream; `bundle-v1.ts` has the grammar. */
export function bundleEncoder(options: BundleOptions & Packing): BundleEncoder {
  const { profile, stream = 0 } = options;
  const planes = planeWriter();
  const ranged = rangedWriter();
  const head = byteSink();
  const numbers = byteSink();
  const apart = byteSink();
  const isPredicted = profile === 'max';
  const isRanged = isPredicted || profile === 'default';
  let memory = freshMemory();

  const writeRun = (run: BundleRun): void => {
    const follows = run.firstOffset === memory.offset && Buffer.compare(run.prevHash, memory.hash) === 0;
    head.byte((run.kind === 'local' ? runBit.local : 0) | (follows ? runBit.follows : 0));
    if (!follows) {
      head.varint(run.firstOffset);
      head.bytes(run.prevHash);
    }
    head.bytes(run.hash);
    head.varint(run.kind === 'local' ? run.count : run.batches.length);
    // A copy: what lies around the hash in the journal's memory must not be kept for it.
    memory.hash = Uint8Array.from(run.hash);
    memory.offset = endOf(run);
  };

  const writeBatch = (coder: Coder, batch: BundleBatch): void => {
    const { body } = batch;
    const room = body ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : none;
    codeBatch(coder, memory, room, 0, body ? { ...batch, bodyDigest: undefined } : batch, profile !== 'plain');
  };

  const encodeNext = (runs: readonly BundleRun[]): Buffer => {
    head.clear();
    numbers.clear();
    apart.clear();
    const coder = isRanged ? ranged : planes;
    if (isRanged) ranged.begin(memory.ranged, isPredicted ? undefined : apart);
    else planes.begin(apart);
    head.varint(memory.number++);
    head.varint(runs.reduce((sum, run) => sum + plainLengthOf(run), 0));
    head.varint(runs.length);
    for (const run of runs) {
      writeRun(run);
      if (run.kind === 'batches') for (const batch of run.batches) writeBatch(coder, batch);
    }
    coder.finish(numbers);
    // What a range coder has written has no likeness left for zstd to find.
    const first = section(numbers, isRanged ? undefined : options);
    const second = section(apart, options);
    const flags =
      (isRanged ? packing.ranged : 0) |
      (isPredicted ? packing.predicted : 0) |
      (first.isPacked ? packing.numbers : 0) |
      (second.isPacked ? packing.apart : 0);
    const start = Uint8Array.of(frameType.bundle, 1, flags, stream);
    return Buffer.concat([start, head.done(), ...first.parts, ...second.parts]);
  };

  const reset = (): void => {
    memory = freshMemory();
  };

  return {
    reset,
    encode(runs) {
      if (memory.rows.isFull) reset();
      try {
        return encodeNext(runs);
      } catch (cause) {
        // What was half written is in nobody's memory but this one's.
        reset();
        throw cause;
      }
    },
  };
}

const none = Buffer.alloc(0);

const endOf = (run: BundleRun): number =>
  run.kind === 'local'
    ? run.firstOffset + run.count
    : run.batches.reduce((offset, { count }) => offset + count, run.firstOffset);

const plainLengthOf = (run: BundleRun): number =>
  run.kind === 'local' ? 0 : run.batches.reduce((sum, { body }) => sum + (body?.length ?? 0), 0);

/** Below this zstd makes nothing smaller. */
const worthwhile = 64;

/** A section, under zstd where that is lent and smaller. */
function section(sink: ByteSink, packer?: Packing): { readonly isPacked: boolean; readonly parts: readonly Buffer[] } {
  const plain = sink.done();
  const packed = packer && plain.length >= worthwhile ? packer.pack(plain) : plain;
  const isPacked = packed.length + 2 < plain.length;
  const lengths = byteSink(16);
  lengths.varint(isPacked ? packed.length : plain.length);
  if (isPacked) lengths.varint(plain.length);
  return { isPacked, parts: [lengths.done(), isPacked ? Buffer.from(packed) : plain] };
}
