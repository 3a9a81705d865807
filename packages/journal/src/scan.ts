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
}

export interface ScanOptions {
  readonly salt: number;
  readonly firstOffset: number;
  /** The chain's hash before it; undefined if nobody knows, then the first batch is believed. */
  readonly prevHash: Uint8Array | undefined;
  readonly end: number;
  /** Batches from this offset on do not count: the next segment begins there. */
  readonly endOffset?: number;
}

/** Reads a segment from its first batch to `end`, checking every CRC and every link. */
export async function scanSegment(file: DiskFile, options: ScanOptions): Promise<Scan> {
  const { salt, firstOffset, end, endOffset = Number.MAX_SAFE_INTEGER } = options;
  let segment = emptySegment(firstOffset, options.prevHash ?? new Uint8Array(hashSize));
  const damages: DamagedPlace[] = [];
  const durableBefore: number[] = [];
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
    addFrame(segment, step.frame);
  }
  return { segment, damages: damages.filter((damage) => damage.from < endOffset), durableBefore };
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
