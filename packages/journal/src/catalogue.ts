import { join } from 'node:path';
import { indexName, segmentName } from './format/segment-header.ts';
import { slotSize } from './format/state.ts';
import type { Segment, Tally } from './segment.ts';

/** The segments that there are, oldest first, with their durable content. */
export interface Catalogue {
  readonly segments: readonly Segment[];
  /** Bytes on disk of everything: segments, their indexes, and the state. */
  readonly sizeBytes: number;
  /** The segment that holds `offset`, else the first one after it. */
  find(offset: number): Segment | undefined;
  add(segment: Segment): void;
  remove(segment: Segment): void;
  /** Tells by how many bytes a segment has grown, or shrunk. */
  resized(by: number): void;
  segmentPath(segment: Segment): string;
  indexPath(segment: Segment): string;
  /** Sums of what the segments hold of a class. */
  total(klass: number): Pick<Tally, 'records' | 'bytes'>;
}

export function catalogue(dir: string): Catalogue {
  const segments: Segment[] = [];
  let sizeBytes = 2 * slotSize;
  return {
    segments,
    get sizeBytes() {
      return sizeBytes;
    },
    find(offset) {
      let low = 0;
      let high = segments.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (segments[middle]!.endOffset <= offset) low = middle + 1;
        else high = middle;
      }
      return segments[low];
    },
    add(segment) {
      segments.push(segment);
      sizeBytes += segment.size + segment.indexSize;
    },
    remove(segment) {
      segments.splice(segments.indexOf(segment), 1);
      sizeBytes -= segment.size + segment.indexSize;
    },
    resized(by) {
      sizeBytes += by;
    },
    segmentPath: (segment) => join(dir, segmentName(segment.firstOffset)),
    indexPath: (segment) => join(dir, indexName(segment.firstOffset)),
    total(klass) {
      let records = 0;
      let bytes = 0;
      for (const { tallies } of segments) {
        const tally = tallies.get(klass);
        records += tally?.records ?? 0;
        bytes += tally?.bytes ?? 0;
      }
      return { records, bytes };
    },
  };
}
