import { join } from 'node:path';
import { genesisHash } from './chain.ts';
import type { DiskFile } from './disk.ts';
import { diskCode } from './disk.ts';
import { encodeSegmentHeader, indexName, segmentHeaderSize, segmentName } from './format/segment-header.ts';
import { decodeSegmentIndex, encodeSegmentIndex } from './format/segment-index.ts';
import type { State } from './format/state.ts';
import type { RecoverWorld } from './recover.ts';
import { readHeader, rewriteInPlace, type Scan, scanSegment, withFile } from './scan.ts';
import type { Segment } from './segment.ts';

/** A segment that is not the last: by its index, or by reading it where the index is absent or does not fit. */
export async function loadClosed(
  dir: string,
  firstOffset: number,
  nextOffset: number,
  salt: number,
  world: RecoverWorld,
): Promise<Segment> {
  return withFile(world.disk, join(dir, segmentName(firstOffset)), 'existing', async (file) => {
    const size = await file.size();
    const known = await readIndex(dir, firstOffset, world);
    if (known && known.firstOffset === firstOffset && known.size === size && known.endOffset === nextOffset)
      return known;

    const header = await readHeader(file);
    const prevHash = header.ok ? header.value.prevHash : undefined;
    const scan = await scanSegment(file, { salt, firstOffset, prevHash, end: size, endOffset: nextOffset });
    const { segment, damages } = scan;
    for (const { from, to, why } of damages)
      world.damages.note({ from, to: Math.min(to ?? nextOffset, nextOffset), why });
    if (damages.length === 0 && segment.endOffset === nextOffset && segment.size < size) {
      await file.truncate(segment.size);
      await file.sync();
    } else segment.size = size;
    world.log.debug('journal.index_rebuilt', { firstOffset, size });
    await writeIndex(dir, segment, world);
    return segment;
  });
}

async function readIndex(dir: string, firstOffset: number, world: RecoverWorld): Promise<Segment | undefined> {
  try {
    return await withFile(world.disk, join(dir, indexName(firstOffset)), 'existing', async (file) => {
      const bytes = Buffer.alloc(await file.size());
      const index = decodeSegmentIndex(bytes.subarray(0, await file.read(bytes, 0)));
      return index.ok ? index.value : undefined;
    });
  } catch (cause) {
    if (diskCode(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}

/** Writes the index of a closed segment. It is a copy that can be made again, so nobody waits for its durability. */
export async function writeIndex(
  dir: string,
  segment: Segment,
  world: Pick<RecoverWorld, 'disk' | 'log'>,
): Promise<void> {
  const bytes = encodeSegmentIndex(segment);
  try {
    await withFile(world.disk, join(dir, indexName(segment.firstOffset)), undefined, async (file) => {
      await file.truncate(0);
      await file.write(bytes, 0);
    });
    segment.indexSize = bytes.length;
  } catch (cause) {
    world.log.debug('journal.index_not_written', { firstOffset: segment.firstOffset, code: diskCode(cause) });
  }
}

/**
 * The last segment: a torn end is cut, what is damaged before it is noted. `whole` if new batches may follow its last
 * one. Undefined if nothing durable was in it; the file is gone then.
 */
export async function loadLast(
  dir: string,
  firstOffset: number,
  before: Segment | undefined,
  state: State,
  world: RecoverWorld,
): Promise<{ readonly segment: Segment; readonly whole: boolean } | undefined> {
  const path = join(dir, segmentName(firstOffset));
  const found = await withFile(world.disk, path, 'existing', async (file) => {
    const header = await readHeader(file);
    const prevHash = header.ok ? header.value.prevHash : hashBefore(firstOffset, before, state);
    const { salt } = state;
    const size = await file.size();
    let scan = await scanSegment(file, { salt, firstOffset, prevHash, end: size, durable: state.head.offset });
    const torn = tornAt(scan, state.head.offset);
    if (torn !== undefined) {
      const { position, from, why } = scan.damages[torn]!;
      scan = await scanSegment(file, { salt, firstOffset, prevHash, end: position, durable: state.head.offset });
      world.metrics.tailCut.add(1);
      world.log.warn('journal.tail_cut', { offset: from, bytes: size - position, why });
    }
    const { segment, damages } = scan;
    if (segment.endOffset === firstOffset && state.head.offset <= firstOffset) return undefined;
    if (!header.ok) await repairHeader(file, segment, state, header.why, world);
    // A process that was killed leaves what the disk has not seen yet; nobody may read it before it is durable.
    await file.truncate(torn === undefined ? size : segment.size);
    await rewriteInPlace(file, scan.doubtfulFrom === segmentHeaderSize ? 0 : scan.doubtfulFrom, segment.size);
    await file.sync();
    for (const { from, to, why } of damages) {
      world.damages.note({ from, to: to ?? Math.max(segment.endOffset, state.head.offset), why });
    }
    segment.size = await file.size();
    const openEnd = damages.at(-1)?.to === undefined && damages.length > 0;
    return { segment, whole: !openEnd && segment.endOffset > firstOffset };
  });
  if (!found) await world.disk.remove(path);
  return found;
}

/**
 * Which damage is the torn end of a commit that nobody was told about: it is not, if a later batch says that what came
 * before its own commit was durable, or the state says so.
 */
function tornAt(scan: Scan, durable: number): number | undefined {
  const index = scan.damages.findIndex(({ from }, place) => from >= Math.max(durable, scan.durableBefore[place]!));
  return index < 0 ? undefined : index;
}

function hashBefore(firstOffset: number, before: Segment | undefined, state: State): Uint8Array | undefined {
  if (before) return before.endOffset === firstOffset ? before.endHash : undefined;
  if (firstOffset === 0) return genesisHash(state.epoch);
  return state.head.offset === firstOffset ? state.head.hash : undefined;
}

/** All that a header says is known from elsewhere; one that was torn with the first commit is written again. */
async function repairHeader(
  file: DiskFile,
  segment: Segment,
  state: State,
  why: string,
  world: RecoverWorld,
): Promise<void> {
  world.log.warn('journal.header_repaired', { firstOffset: segment.firstOffset, why });
  const { epoch, salt } = state;
  const { firstOffset, prevHash } = segment;
  if ((await file.size()) < segmentHeaderSize) return;
  await file.write(encodeSegmentHeader({ salt, epoch, firstOffset, createdAt: 0, prevHash }), 0);
}
