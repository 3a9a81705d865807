import { join } from 'node:path';
import type { Entropy, Log } from '@selvedge/kernel';
import { type Catalogue, catalogue } from './catalogue.ts';
import { genesisHash } from './chain.ts';
import type { Damages } from './damages.ts';
import type { Disk } from './disk.ts';
import { journalFaults } from './faults.ts';
import { offsetOfName, segmentName } from './format/segment-header.ts';
import type { State } from './format/state.ts';
import type { Position } from './journal.ts';
import { loadClosed, loadLast } from './load.ts';
import type { JournalMetrics } from './metrics.ts';
import { readHeader, withFile } from './scan.ts';
import type { Segment } from './segment.ts';
import { openStateFile, type StateFile } from './state-file.ts';

export interface RecoverWorld {
  readonly disk: Disk;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly metrics: JournalMetrics;
  readonly damages: Damages;
}

/** The journal as it was found, or as it begins. */
export interface Recovered {
  readonly state: State;
  readonly stateFile: StateFile;
  /** True if there were records but no state: cursors begin again at the oldest record. */
  readonly stateLost: boolean;
  readonly catalogue: Catalogue;
  readonly head: Position;
  /** The segment that new batches may be added to. */
  readonly resume: Segment | undefined;
}

/** Opens the folder: its state, its segments, and their end. The last segment is read; the others by their index. */
export async function recover(dir: string, world: RecoverWorld): Promise<Recovered> {
  const { disk } = world;
  const names = await disk.list(dir);
  for (const name of names.filter((one) => one.endsWith('.tmp'))) await disk.remove(join(dir, name));
  const stateFile = await openStateFile(disk, dir);
  try {
    const offsets = names.map(offsetOfName).filter((offset) => offset !== undefined);
    const identity = stateFile.loaded ?? (await identify(dir, offsets, world));
    const state: State = {
      head: { offset: 0, hash: genesisHash(identity.epoch) },
      trimmedTo: 0,
      classes: [],
      cursors: [],
      jumps: [],
      expiries: [],
      ...identity,
    };
    if (offsets.length === 0 && !stateFile.loaded) {
      await stateFile.save(state);
      await stateFile.save(state);
    }
    await finishTrimming(dir, names, offsets, state.trimmedTo, disk);
    const found = await loadSegments(dir, offsets, state, world);
    await disk.syncDir(dir);
    return { state, stateFile, stateLost: !stateFile.loaded && offsets.length > 0, ...found };
  } catch (cause) {
    await stateFile.close();
    throw cause;
  }
}

/** Epoch and salt of a journal without a state: from the first segment that can tell, or new where there is none. */
async function identify(
  dir: string,
  offsets: readonly number[],
  world: RecoverWorld,
): Promise<Pick<State, 'epoch' | 'salt'>> {
  if (offsets.length === 0) {
    const epoch = Buffer.from(world.entropy.bytes(6)).toString('hex');
    return { epoch, salt: Buffer.from(world.entropy.bytes(4)).readUInt32LE(0) };
  }
  for (const offset of offsets) {
    const header = await withFile(world.disk, join(dir, segmentName(offset)), 'existing', readHeader);
    if (!header.ok) continue;
    const { epoch, salt } = header.value;
    world.log.error('journal.state_lost', { dir, epoch });
    return { epoch, salt };
  }
  throw journalFaults(
    'JOURNAL_CORRUPT',
    `${dir} has ${offsets.length} segments, but neither a state nor a header is whole`,
    {
      dir,
      segments: offsets.length,
    },
  );
}

/** Removes what a trim had let go when it was interrupted, and index files that have lost their segment. */
async function finishTrimming(
  dir: string,
  names: readonly string[],
  offsets: number[],
  trimmedTo: number,
  disk: Disk,
): Promise<void> {
  while (offsets.length > 1 && offsets[1]! <= trimmedTo) await disk.remove(join(dir, segmentName(offsets.shift()!)));
  const kept = new Set(offsets.map((offset) => segmentName(offset).slice(0, -4)));
  for (const name of names) {
    if (name.endsWith('.idx') && !kept.has(name.slice(0, -4))) await disk.remove(join(dir, name));
  }
}

const loadedAtOnce = 16;

async function loadSegments(
  dir: string,
  offsets: readonly number[],
  state: State,
  world: RecoverWorld,
): Promise<Pick<Recovered, 'catalogue' | 'head' | 'resume'>> {
  const all = catalogue(dir);
  for (let index = 0; index < offsets.length - 1; index += loadedAtOnce) {
    const some = offsets.slice(index, Math.min(index + loadedAtOnce, offsets.length - 1));
    const loaded = await Promise.all(
      some.map((offset, place) => loadClosed(dir, offset, offsets[index + place + 1]!, state.salt, world)),
    );
    for (const segment of loaded) all.add(segment);
  }
  const before = all.segments[all.segments.length - 1];
  const last = offsets.at(-1);
  const end = last === undefined ? undefined : await loadLast(dir, last, before, state, world);
  if (end) all.add(end.segment);
  noteBreaks(all.segments, world.damages);

  const newest = all.segments[all.segments.length - 1];
  if (newest && newest.endOffset >= state.head.offset) {
    const head = { offset: newest.endOffset, hash: newest.endHash };
    return { catalogue: all, head, resume: end?.whole ? newest : undefined };
  }
  // What the state had seen durable is gone: its offsets are not given again, and the chain goes on from there.
  const from = Math.max(newest?.endOffset ?? 0, state.trimmedTo);
  if (from < state.head.offset) {
    world.damages.note({ from, to: state.head.offset, why: 'it was durable and is gone from the end' });
  }
  return { catalogue: all, head: state.head, resume: undefined };
}

/** Offsets missing between segments, and links that do not hold. */
function noteBreaks(segments: readonly Segment[], damages: Damages): void {
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    if (!next) return;
    if (segment.endOffset < next.firstOffset) {
      damages.note({ from: segment.endOffset, to: next.firstOffset, why: 'no segment holds it' });
    } else if (Buffer.compare(segment.endHash, next.prevHash) !== 0) {
      damages.note({
        from: next.firstOffset,
        to: next.firstOffset,
        why: 'the segment does not chain to the one before',
      });
    }
  }
}
