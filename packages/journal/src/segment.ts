import type { Frame } from './format/batch.ts';
import { segmentHeaderSize } from './format/segment-header.ts';

/** What a segment holds of one class. */
export interface Tally {
  /** Records and bytes of the bodies that are there. */
  records: number;
  bytes: number;
  /** Batches whose body has gone. */
  stubs: number;
  /** From the first record whose body is there to one past the last; 0 and 0 if there is none. */
  from: number;
  to: number;
  /** One past its last record, whether the body is there or not. */
  end: number;
  /** `appendedAt` of the first and the last batch whose body is there. */
  firstAt: number;
  lastAt: number;
}

/** One file of the journal, as far as it is durable. */
export interface Segment {
  readonly firstOffset: number;
  endOffset: number;
  /** Durable bytes of the file, header included. */
  size: number;
  readonly prevHash: Uint8Array;
  endHash: Uint8Array;
  /** True if only a gap is left of it. */
  gap: boolean;
  tallies: Map<number, Tally>;
  /** Pairs of offset and position where a batch begins, about one in 64 KiB. */
  marks: number[];
  /** Bytes of its index file; 0 if there is none. */
  indexSize: number;
  /** Counts how often the file was replaced. */
  version: number;
  /** While the file is being replaced: settles afterwards. */
  changing: Promise<void> | undefined;
}

const markEvery = 65_536;

export function emptySegment(firstOffset: number, prevHash: Uint8Array): Segment {
  return {
    firstOffset,
    endOffset: firstOffset,
    size: segmentHeaderSize,
    prevHash,
    endHash: prevHash,
    gap: false,
    tallies: new Map(),
    marks: [],
    indexSize: 0,
    version: 0,
    changing: undefined,
  };
}

/** Adds the batch that follows in the file. */
export function addFrame(segment: Segment, frame: Frame): void {
  const { klass, firstOffset, count, bodyLength, appendedAt, hash } = frame.batch;
  if (frame.kind === 'gap') segment.gap = true;
  else addToTally(segment, frame.kind === 'full', klass, firstOffset, count, bodyLength, appendedAt);
  addPlace(segment, firstOffset, count, frame.position, frame.length, Uint8Array.from(hash));
}

/** What a commit knows of a batch it has written; as `addFrame`, without reading the header again. */
export function addBatch(
  segment: Segment,
  batch: { klass: number; firstOffset: number; count: number; bodyLength: number; length: number; hash: Uint8Array },
  position: number,
  appendedAt: number,
): void {
  addToTally(segment, true, batch.klass, batch.firstOffset, batch.count, batch.bodyLength, appendedAt);
  addPlace(segment, batch.firstOffset, batch.count, position, batch.length, batch.hash);
}

function addToTally(
  segment: Segment,
  full: boolean,
  klass: number,
  firstOffset: number,
  count: number,
  bodyLength: number,
  appendedAt: number,
): void {
  let tally = segment.tallies.get(klass);
  if (!tally) {
    tally = { records: 0, bytes: 0, stubs: 0, from: 0, to: 0, end: 0, firstAt: 0, lastAt: 0 };
    segment.tallies.set(klass, tally);
  }
  segment.gap = false;
  tally.end = firstOffset + count;
  if (!full) {
    tally.stubs += 1;
    return;
  }
  if (tally.records === 0) {
    tally.from = firstOffset;
    tally.firstAt = appendedAt;
  }
  tally.records += count;
  tally.bytes += bodyLength;
  tally.to = firstOffset + count;
  tally.lastAt = appendedAt;
}

function addPlace(
  segment: Segment,
  firstOffset: number,
  count: number,
  position: number,
  length: number,
  hash: Uint8Array,
): void {
  const { marks } = segment;
  if (marks.length === 0 || position - marks[marks.length - 1]! >= markEvery) marks.push(firstOffset, position);
  segment.endOffset = firstOffset + count;
  segment.endHash = hash;
  segment.size = position + length;
}

/** Where to begin reading for `offset`: the last mark at or before it. */
export function markFor(segment: Segment, offset: number): { readonly offset: number; readonly position: number } {
  const { marks } = segment;
  let low = 0;
  let high = marks.length / 2;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (marks[middle * 2]! <= offset) low = middle;
    else high = middle;
  }
  if (marks.length === 0) return { offset: segment.firstOffset, position: segmentHeaderSize };
  return { offset: marks[low * 2]!, position: marks[low * 2 + 1]! };
}
