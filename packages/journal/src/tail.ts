import { decodeFrame, withBody } from './format/batch.ts';
import type { Batch } from './journal.ts';
import type { ClosedBatch } from './pending.ts';
import type { Slab, Slabs } from './slab.ts';

/** The newest durable batches in memory, so that readers at the head touch no disk. */
export interface Tail {
  /** Offsets at or beyond this one, up to the head, are here. */
  readonly firstOffset: number;
  push(batches: readonly ClosedBatch[]): void;
  /** The batch that holds `offset`, and its class without decoding it. */
  find(offset: number): ClosedBatch | undefined;
  /** A copy, because the memory is used again when newer batches need it. */
  batch(entry: ClosedBatch): Batch;
  /** Forgets what begins before `offset`. */
  dropBelow(offset: number): void;
}

/** `bytesMax` bounds the memory of the slabs that are held. */
export function tail(options: { bytesMax: number; salt: number; slabs: Slabs; offset: number }): Tail {
  /** Oldest first from `first` on; what lies before has been dropped. */
  let entries: ClosedBatch[] = [];
  let first = 0;
  let end = options.offset;
  let held: Slab[] = [];
  let heldBytes = 0;

  const dropSlab = (): void => {
    const slab = held.shift()!;
    heldBytes -= slab.bytes.length;
    while (first < entries.length && entries[first]!.slab === slab) first += 1;
    options.slabs.giveBack(slab);
    if (first > 1_024 && first * 2 > entries.length) {
      entries = entries.slice(first);
      first = 0;
    }
  };

  return {
    get firstOffset() {
      return entries[first]?.firstOffset ?? end;
    },
    push(batches) {
      for (const entry of batches) {
        entries.push(entry);
        end = entry.firstOffset + entry.count;
        if (held[held.length - 1] === entry.slab) continue;
        held.push(entry.slab);
        heldBytes += entry.slab.bytes.length;
      }
      while (heldBytes > options.bytesMax && held.length > 1) dropSlab();
    },
    find(offset) {
      let low = first;
      let high = entries.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (entries[middle]!.firstOffset + entries[middle]!.count <= offset) low = middle + 1;
        else high = middle;
      }
      return entries[low];
    },
    batch({ slab, at, length }) {
      const bytes = Buffer.from(slab.bytes.subarray(at, at + length));
      const frame = decodeFrame(bytes, 0, options.salt, 0);
      if (!frame.ok) throw new Error(`a batch changed in memory: ${frame.why}`);
      return withBody(frame.value, bytes, 0).batch;
    },
    dropBelow(offset) {
      while (first < entries.length && entries[first]!.firstOffset < offset) first += 1;
      if (first === entries.length) {
        entries = [];
        first = 0;
        held = [];
        heldBytes = 0;
      }
    },
  };
}
