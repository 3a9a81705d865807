import { journalFaults } from './faults.ts';
import { batchHeaderSize, sealBatch } from './format/batch.ts';
import type { Room } from './journal.ts';
import type { Slab, Slabs } from './slab.ts';

/** A batch that takes no more records: its place in memory, with the room for its header before its body. */
export interface ClosedBatch {
  readonly slab: Slab;
  readonly at: number;
  /** Header included. */
  readonly length: number;
  readonly klass: number;
  readonly firstOffset: number;
  readonly count: number;
  readonly bodyLength: number;
  /** Its place in the chain, once the commit has sealed it. */
  hash: Uint8Array;
}

/** The records that wait for the next commit, already in the form in which they will be written. */
export interface Pending {
  /** The offset of the next record. */
  readonly next: number;
  readonly empty: boolean;
  /** As in `Journal`; `refuse` throws for them where the limit leaves no room. */
  reserve(klass: number, sizeMax: number): Room;
  fill(length: number): number;
  /** Takes out everything; what is reserved later goes to the next commit. */
  take(): readonly ClosedBatch[];
  /** Forgets everything and gives `offset` to the next record. */
  reset(offset: number): void;
  /** How many bytes may be pending; -1 refuses everything. */
  limit(bytes: number): void;
}

export interface PendingOptions {
  readonly offset: number;
  readonly classes: number;
  readonly recordMax: number;
  /** A batch takes no more records at this size, so that batches ship well. */
  readonly batchMax: number;
  readonly slabs: Slabs;
  /** Called with the first record after `take` or `reset`. */
  arm(): void;
  /** Throws why there is no room for so many bytes more. */
  refuse(bytes: number): never;
}

const unsealed = new Uint8Array(0);

export function pendingRecords(options: PendingOptions): Pending {
  const { classes, recordMax, batchMax } = options;
  let slab = options.slabs.take(0, 0);
  let bytes = slab.bytes;
  const room: Room = { bytes, at: 0 };
  /** Where the open batch has its header, where its next record goes, and where that must end to stay on the fast path. */
  let start = 0;
  let at = batchHeaderSize;
  let stop = -1;
  let klass = -1;
  let count = 0;
  let reserved = -1;
  let next = options.offset;
  let armed = false;
  let closed: ClosedBatch[] = [];
  let closedBytes = 0;
  /** Bytes of the commit before. */
  let takenBytes = 0;
  let limit = -1;

  const close = (): void => {
    if (count > 0) {
      const length = at - start;
      const bodyLength = length - batchHeaderSize;
      closed.push({ slab, at: start, length, klass, firstOffset: next - count, count, bodyLength, hash: unsealed });
      closedBytes += length;
      start = at;
    }
    at = start + batchHeaderSize;
    count = 0;
    klass = -1;
    stop = -1;
  };

  /** The slow path of `reserve`: another class, the end of a batch or slab, or a limit. */
  const begin = (wanted: number, size: number): void => {
    if (!(wanted >= 0 && wanted < classes)) {
      throw journalFaults('JOURNAL_MISUSED', `class ${wanted} is not one of ${classes}`, { class: wanted, classes });
    }
    if (!(size >= 0 && size <= recordMax)) {
      throw journalFaults('JOURNAL_RECORD_TOO_LARGE', `a record of ${size} bytes, at most ${recordMax} are taken`, {
        size,
        recordMax,
      });
    }
    const need = 4 + size;
    const goesOn = wanted === klass && at + need <= bytes.length && at + need - start <= batchMax;
    if (!goesOn) close();
    if (at + need - start > limit - closedBytes) {
      close();
      options.refuse(batchHeaderSize + need);
    }
    if (at + need > bytes.length) {
      slab = options.slabs.take(batchHeaderSize + need, Math.max(closedBytes, takenBytes));
      bytes = room.bytes = slab.bytes;
      start = 0;
      at = batchHeaderSize;
    }
    klass = wanted;
    stop = Math.min(bytes.length, start + Math.max(batchMax, batchHeaderSize + need), start + limit - closedBytes);
  };

  return {
    get next() {
      return next;
    },
    get empty() {
      return count === 0 && closed.length === 0;
    },
    reserve(wanted, sizeMax) {
      if (wanted !== klass || !(sizeMax >= 0 && at + 4 + sizeMax <= stop) || sizeMax > recordMax)
        begin(wanted, sizeMax);
      reserved = sizeMax;
      room.at = at + 4;
      return room;
    },
    fill(length) {
      if (!(length >= 0 && length <= reserved)) {
        throw journalFaults('JOURNAL_MISUSED', `fill of ${length} bytes where ${reserved} were reserved`, {
          length,
          reserved,
        });
      }
      bytes[at] = length;
      bytes[at + 1] = length >>> 8;
      bytes[at + 2] = length >>> 16;
      bytes[at + 3] = length >>> 24;
      at += 4 + length;
      count += 1;
      reserved = -1;
      if (!armed) {
        armed = true;
        options.arm();
      }
      return next++;
    },
    take() {
      close();
      const taken = closed;
      takenBytes = closedBytes;
      closed = [];
      closedBytes = 0;
      armed = false;
      reserved = -1;
      return taken;
    },
    reset(offset) {
      close();
      closed = [];
      closedBytes = 0;
      armed = false;
      reserved = -1;
      next = offset;
    },
    limit(most) {
      limit = most;
      stop = -1;
    },
  };
}

/** Writes the headers of the batches of one commit and chains them; gives the last hash. */
export function sealBatches(
  batches: readonly ClosedBatch[],
  with_: { readonly salt: number; readonly appendedAt: number; readonly prevHash: Uint8Array },
): Uint8Array {
  const { salt, appendedAt } = with_;
  const commitFirst = batches[0]!.firstOffset;
  let prevHash = with_.prevHash;
  for (const batch of batches) {
    const { klass, firstOffset, count, length } = batch;
    const inCommit = firstOffset - commitFirst;
    batch.hash = sealBatch(batch.slab.bytes, batch.at, salt, {
      klass,
      firstOffset,
      count,
      appendedAt,
      inCommit,
      prevHash,
      length,
    });
    prevHash = batch.hash;
  }
  return prevHash;
}
