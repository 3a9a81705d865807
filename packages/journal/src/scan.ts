import type { Decoded } from '@selvedge/kernel';
import { hashSize } from './chain.ts';
import type { Disk, DiskFile } from './disk.ts';
import { decodeSegmentHeader, type SegmentHeader, segmentHeaderSize } from './format/segment-header.ts';
import { addFrame, emptySegment, type Segment } from './segment.ts';
import { type DamagedPlace, walk } from './walk.ts';

/** What a segment file really holds. */
export interface Scan {
  readonly segment: Segment;
  readonly damages: readonly DamagedPlace[];
  /** For each damage: the highest offset that is known to have been durable before what was read after it. */
  readonly durableBefore: readonly number[];
  /** Where the first batch at or beyond the offset `durable` begins, else the end of the last batch. */
  readonly doubtfulFrom: number;
}

export interface ScanOptions {
  readonly salt: number;
  readonly firstOffset: number;
  /** The chain's hash before it; undefined if nobody knows, then the first batch is believed. */
  readonly prevHash: Uint8Array | undefined;
  readonly end: number;
  /** Batches from this offset on do not count: the next segment begins there. */
  readonly endOffset?: number;
  /** What lies before this offset is known to be durable. */
  readonly durable?: number;
}

/** Reads a segment from its first batch to `end`, checking every CRC and every link. */
export async function scanSegment(file: DiskFile, options: ScanOptions): Promise<Scan> {
  const { salt, firstOffset, end, endOffset = Number.MAX_SAFE_INTEGER } = options;
  let segment = emptySegment(firstOffset, options.prevHash ?? new Uint8Array(hashSize));
  const damages: DamagedPlace[] = [];
  const durableBefore: number[] = [];
  let doubtfulFrom: number | undefined;
  const going = walk({
    file,
    salt,
    position: segmentHeaderSize,
    offset: firstOffset,
    hash: options.prevHash,
    end,
    reuse: true,
  });
  for (;;) {
    let step = going.next();
    if (step instanceof Promise) step = await step;
    if (!step) break;
    if ('damage' in step) {
      damages.push(step.damage);
      durableBefore.push(0);
      continue;
    }
    const { batch, inCommit } = step.frame;
    if (batch.firstOffset >= endOffset) break;
    durableBefore.fill(batch.firstOffset - inCommit);
    if (!options.prevHash && batch.firstOffset === firstOffset) {
      segment = emptySegment(firstOffset, Uint8Array.from(batch.prevHash));
    }
    if (batch.firstOffset >= (options.durable ?? 0)) doubtfulFrom ??= step.frame.position;
    addFrame(segment, step.frame);
  }
  const read = damages.filter((damage) => damage.from < endOffset);
  return { segment, damages: read, durableBefore, doubtfulFrom: doubtfulFrom ?? segment.size };
}

/** The header of a segment file, or why it has none. */
export async function readHeader(file: DiskFile): Promise<Decoded<SegmentHeader>> {
  const bytes = Buffer.alloc(segmentHeaderSize);
  const got = await file.read(bytes, 0);
  return decodeSegmentHeader(bytes.subarray(0, got));
}

/** Runs `use` with the file open and closes it whatever happens. */
export async function withFile<Value>(
  disk: Disk,
  path: string,
  how: 'existing' | undefined,
  use: (file: DiskFile) => Promise<Value>,
): Promise<Value> {
  const file = await (how ? disk.open(path, how) : disk.open(path));
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

const pieceSize = 256 * 1024;

/**
 * Writes a part of a file again as it is read. A sync may have failed in an earlier process: then the operating system
 * shows what the disk does not have, believes it to be written, and only writing it again makes the next sync true.
 */
export async function rewriteInPlace(file: DiskFile, from: number, to: number): Promise<void> {
  const piece = Buffer.allocUnsafeSlow(Math.min(pieceSize, Math.max(0, to - from)));
  for (let at = from; at < to; at += piece.length) {
    const got = await file.read(piece.subarray(0, Math.min(piece.length, to - at)), at);
    if (got === 0) return;
    await file.write(piece.subarray(0, got), at);
  }
}
