import { type Clock, describeFailure, type Log } from '@selvedge/kernel';
import type { Catalogue } from './catalogue.ts';
import type { Damages } from './damages.ts';
import type { Disk, DiskFile } from './disk.ts';
import { diskCode } from './disk.ts';
import { encodeSegmentHeader } from './format/segment-header.ts';
import { writeIndex } from './load.ts';
import type { ClosedBatch } from './pending.ts';
import { scanSegment } from './scan.ts';
import { addBatch, emptySegment, type Segment } from './segment.ts';

/** Puts batches at the end of the newest segment, and beyond it into new ones. Calls must not overlap. */
export interface Writer {
  /** The segment that new batches go to, if one is open. */
  readonly active: Segment | undefined;
  /** Settles when the sealed batches are durable. After a rejection only `repair` may be called. */
  write(batches: readonly ClosedBatch[], prevHash: Uint8Array, appendedAt: number): Promise<void>;
  /** Takes back what a failed write has left. May reject, and then be called again. */
  repair(): Promise<void>;
  /** Closes the active segment; the next batch begins a new one. */
  roll(): Promise<void>;
  close(): Promise<void>;
}

export interface WriterWorld {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly log: Log;
  readonly damages: Damages;
}

interface Open {
  readonly segment: Segment;
  readonly file: DiskFile;
  /** Where the next byte goes. */
  end: number;
  /** False until its first commit is durable. */
  kept: boolean;
}

interface Placed {
  readonly segment: Segment;
  readonly batch: ClosedBatch;
  readonly position: number;
}

export async function writer(
  options: { dir: string; salt: number; epoch: string; segmentSize: number; resume: Segment | undefined },
  all: Catalogue,
  world: WriterWorld,
): Promise<Writer> {
  const { disk, clock } = world;
  const { dir, salt, epoch, segmentSize, resume } = options;
  let active: Open | undefined;
  if (resume) {
    const file = await disk.open(all.segmentPath(resume), 'existing');
    active = { segment: resume, file, end: resume.size, kept: true };
  }
  /** The segments of the commit under way, in order; after a failure what there is to repair. */
  let touched: Open[] = [];
  /** True once a sync has failed: then the file is not written again, because nobody knows what the next sync means. */
  let suspect = false;

  const begin = async (batch: ClosedBatch, prevHash: Uint8Array): Promise<Open> => {
    const segment = emptySegment(batch.firstOffset, prevHash);
    const open = { segment, file: await disk.open(all.segmentPath(segment)), end: segment.size, kept: false };
    touched.push(open);
    const { firstOffset } = batch;
    await open.file.write(encodeSegmentHeader({ salt, epoch, firstOffset, createdAt: clock.wall(), prevHash }), 0);
    return open;
  };

  const sync = async (open: Open): Promise<void> => {
    try {
      await open.file.sync();
      if (!open.kept) await disk.syncDir(dir);
    } catch (cause) {
      suspect = true;
      throw cause;
    }
  };

  /** Writes the batches from `from` on that fit the segment, at least one; gives the index after the last. */
  const writeRun = async (
    open: Open,
    batches: readonly ClosedBatch[],
    from: number,
    placed: Placed[],
  ): Promise<number> => {
    const fits = (index: number): boolean =>
      index < batches.length && (index === from || open.end + batches[index]!.length <= segmentSize);
    let to = from;
    while (fits(to)) {
      // Batches of one slab lie side by side, so one write does for them.
      const { slab, at } = batches[to]!;
      const position = open.end;
      while (fits(to) && batches[to]!.slab === slab) {
        const batch = batches[to]!;
        placed.push({ segment: open.segment, batch, position: open.end });
        open.end += batch.length;
        to += 1;
      }
      await open.file.write(slab.bytes.subarray(at, at + open.end - position), position);
    }
    return to;
  };

  /** The usual case: one call does for the writing and the sync. */
  const writeThrough = async (open: Open, batches: readonly ClosedBatch[], placed: Placed[]): Promise<void> => {
    const { slab, at } = batches[0]!;
    const position = open.end;
    for (const batch of batches) {
      placed.push({ segment: open.segment, batch, position: open.end });
      open.end += batch.length;
    }
    try {
      await open.file.writeThrough(slab.bytes.subarray(at, at + open.end - position), position);
    } catch (cause) {
      suspect = true;
      throw cause;
    }
  };

  /** Its content is durable already, so a failure here is nobody's loss. */
  const finish = async ({ segment, file }: Open): Promise<void> => {
    await file.close().catch((cause: unknown) => world.log.warn('journal.segment_not_closed', describeFailure(cause)));
    const before = segment.indexSize;
    await writeIndex(dir, segment, world);
    all.resized(segment.indexSize - before);
  };

  const apply = async (placed: readonly Placed[], appendedAt: number): Promise<void> => {
    for (const open of touched) {
      if (!open.kept) all.add(open.segment);
      open.kept = true;
    }
    for (const { segment, batch, position } of placed) {
      const before = segment.size;
      addBatch(segment, batch, position, appendedAt);
      all.resized(segment.size - before);
    }
    const done = touched.slice(0, -1);
    active = touched[touched.length - 1];
    touched = [];
    for (const open of done) await finish(open);
  };

  /** A file whose sync failed, cut at what was durable before, is read again to know that this is really there, and closed. */
  const abandon = async (open: Open): Promise<void> => {
    const { segment, file } = open;
    const { firstOffset, prevHash, size } = segment;
    const scan = await scanSegment(file, { salt, firstOffset, prevHash, end: size });
    for (const { from, to, why } of scan.damages) world.damages.note({ from, to: to ?? segment.endOffset, why });
    await file.sync();
    active = undefined;
    await finish(open);
  };

  return {
    get active() {
      return active?.segment;
    },
    async write(batches, prevHash, appendedAt) {
      const placed: Placed[] = [];
      if (active) touched.push(active);
      if (active && isOneRun(batches) && active.end + lengthOf(batches) <= segmentSize) {
        await writeThrough(active, batches, placed);
        return apply(placed, appendedAt);
      }
      let hash = prevHash;
      for (let from = 0; from < batches.length; ) {
        let open = touched[touched.length - 1];
        if (!open || open.end + batches[from]!.length > segmentSize) {
          if (open && open.end > open.segment.size) await sync(open);
          open = await begin(batches[from]!, hash);
        }
        from = await writeRun(open, batches, from, placed);
        hash = batches[from - 1]!.hash;
      }
      await sync(touched[touched.length - 1]!);
      await apply(placed, appendedAt);
    },
    async repair() {
      const begun = touched.filter((open) => !open.kept);
      for (const open of begun) {
        await open.file.close().catch(() => undefined);
        await removeIfThere(disk, all.segmentPath(open.segment));
        touched.splice(touched.indexOf(open), 1);
      }
      await disk.syncDir(dir);
      if (active) {
        await active.file.truncate(active.segment.size);
        active.end = active.segment.size;
        if (suspect) await abandon(active);
        else await sync(active);
      }
      touched = [];
      suspect = false;
    },
    async roll() {
      if (!active) return;
      const open = active;
      active = undefined;
      await finish(open);
    },
    async close() {
      await active?.file.close();
      active = undefined;
    },
  };
}

/** True if the batches lie side by side in memory. */
const isOneRun = (batches: readonly ClosedBatch[]): boolean => batches[0]!.slab === batches[batches.length - 1]!.slab;
const lengthOf = (batches: readonly ClosedBatch[]): number => batches.reduce((sum, { length }) => sum + length, 0);

async function removeIfThere(disk: Disk, path: string): Promise<void> {
  try {
    await disk.remove(path);
  } catch (cause) {
    if (diskCode(cause) !== 'ENOENT') throw cause;
  }
}
