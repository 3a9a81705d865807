import { join } from 'node:path';
import { days } from '@selvedge/kernel';
import type { Disk } from './disk.ts';
import { diskCode } from './disk.ts';
import { diskFault } from './disk-fault.ts';
import { journalFaults } from './faults.ts';
import { offsetOfName } from './format/segment-header.ts';
import { decodeState, type State, slotSize } from './format/state.ts';
import type { JournalWorld, Position } from './journal.ts';
import { journal } from './open-journal.ts';
import { withFile } from './scan.ts';
import { stateName } from './state-file.ts';

/** What a copy turned out to be when it was read whole. */
export interface JournalFindings {
  readonly epoch: string;
  readonly head: Position;
  readonly firstOffset: number;
  readonly records: number;
  readonly batches: number;
  /** Places where something does not hold, at most 100. */
  readonly broken: readonly { readonly offset: number; readonly why: string }[];
}

export interface JournalCopy {
  /** Bytes and files that were read, those that changed meanwhile more than once. */
  readonly bytes: number;
  readonly files: number;
  /** The durable end that the copy has at least. */
  readonly headOffset: number;
}

/** Trims that may come in between before it is given up; each pass copies only what has changed. */
const passesMax = 20;
const chunkSize = 1024 * 1024;
const unbounded = 2 ** 50;

/**
 * Copies the journal in `from` to the folder `to`, also while another process appends to it and trims it. What was
 * durable at the call is in the copy; opened, it is a journal that has lost its power at some moment since. Throws
 * JOURNAL_MISUSED where there is no journal, JOURNAL_COPY_OUTRUN when trims never let it finish, and the disk's faults.
 */
export async function copyJournal(
  from: string,
  to: string,
  { disk, onProgress }: { readonly disk: Disk; readonly onProgress?: (bytes: number) => void },
): Promise<JournalCopy> {
  let [bytes, files] = [0, 0];
  try {
    await disk.makeDir(to);
    for (let pass = 0; pass < passesMax; pass++) {
      const slots = await readSlots(from, disk);
      const before = newestOf(slots);
      if (!before) throw journalFaults('JOURNAL_MISUSED', `${from} holds no journal that can be copied`, { from });
      const whole = await copySegments(from, to, disk, (size) => {
        bytes += size;
        files += 1;
        onProgress?.(bytes);
      });
      // What a trim took away since the state was read would look like damage.
      if (!whole || newestOf(await readSlots(from, disk))?.trimmedTo !== before.trimmedTo) continue;
      await writeWhole(join(to, stateName), slots, disk);
      await disk.syncDir(to);
      return { bytes, files, headOffset: before.head.offset };
    }
  } catch (cause) {
    throw diskFault(cause, `${from} cannot be copied to ${to}`, { from, to });
  }
  throw journalFaults('JOURNAL_COPY_OUTRUN', `${from} was trimmed during each of ${passesMax} passes`, { from });
}

/**
 * Opens a journal that nobody else has open, recomputes every CRC and hash, and closes it again. It may cut a torn tail,
 * as any start does. Throws JOURNAL_MISUSED where there is none, and the faults of opening.
 */
export async function inspectJournal(dir: string, world: JournalWorld): Promise<JournalFindings> {
  const state = newestOf(await readSlots(dir, world.disk));
  if (!state || state.classes.length === 0)
    throw journalFaults('JOURNAL_MISUSED', `${dir} holds no journal that was ever used`, { dir });
  const classes = state.classes.map(({ name }) => ({ name, bytesMax: unbounded, ageMax: days(36_500) }));
  const one = journal({ dir, classes, sizeMax: unbounded, segmentSize: 16 * 2 ** 20, keep: days(36_500) }, world);
  await one.start(new AbortController().signal);
  try {
    const broken: { offset: number; why: string }[] = [];
    let [records, batches] = [0, 0];
    for await (const { batch, offset, why } of one.verify()) {
      if (why !== undefined && broken.length < 100) broken.push({ offset, why });
      records += batch?.count ?? 0;
      batches += batch ? 1 : 0;
    }
    const { firstOffset } = one.use();
    return { epoch: one.epoch, head: one.head, firstOffset, records, batches, broken };
  } finally {
    await one.stop();
  }
}

/** Copies the segments whose size differs from what is there, and removes what has gone; false if one went meanwhile. */
async function copySegments(from: string, to: string, disk: Disk, copied: (size: number) => void): Promise<boolean> {
  const isSegment = (name: string): boolean => offsetOfName(name) !== undefined && !name.endsWith('.tmp');
  const names = (await disk.list(from)).filter(isSegment);
  for (const name of (await disk.list(to)).filter(isSegment))
    if (!names.includes(name)) await disk.remove(join(to, name));
  for (const name of names) {
    try {
      // The last one is written to in place, so its size says nothing.
      const size = await copyFile(join(from, name), join(to, name), disk, name === names.at(-1));
      if (size > 0) copied(size);
    } catch (cause) {
      if (diskCode(cause) === 'ENOENT') return false;
      throw cause;
    }
  }
  return true;
}

/** Bytes that were copied; 0 where the copy has that size already. */
async function copyFile(from: string, to: string, disk: Disk, always: boolean): Promise<number> {
  return withFile(disk, from, 'existing', async (source) => {
    const target = await disk.open(to);
    try {
      const size = await source.size();
      if (!always && (await target.size()) === size) return 0;
      await target.truncate(0);
      const chunk = Buffer.allocUnsafe(Math.min(size, chunkSize));
      for (let at = 0; at < size; ) {
        const got = await source.read(chunk.subarray(0, Math.min(chunk.length, size - at)), at);
        if (got === 0) break;
        await target.write(chunk.subarray(0, got), at);
        at += got;
      }
      await target.sync();
      return size;
    } finally {
      await target.close();
    }
  });
}

/** The state file; empty slots where there is none. */
async function readSlots(dir: string, disk: Disk): Promise<Buffer> {
  const slots = Buffer.alloc(slotSize * 2);
  try {
    await withFile(disk, join(dir, stateName), 'existing', (file) => file.read(slots, 0));
  } catch (cause) {
    if (diskCode(cause) !== 'ENOENT') throw cause;
  }
  return slots;
}

function newestOf(slots: Buffer): State | undefined {
  const found = [slots.subarray(0, slotSize), slots.subarray(slotSize)].map(decodeState).filter((one) => one.ok);
  return found.sort((a, b) => b.value.sequence - a.value.sequence)[0]?.value.state;
}

async function writeWhole(path: string, bytes: Buffer, disk: Disk): Promise<void> {
  const file = await disk.open(path);
  try {
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
}
