import type { Catalogue } from './catalogue.ts';
import type { Damages } from './damages.ts';
import { type Disk, type DiskFile, diskCode } from './disk.ts';
import { diskFault } from './disk-fault.ts';
import type { Batch, Position } from './journal.ts';
import { markFor, type Segment } from './segment.ts';
import type { Tail } from './tail.ts';
import { type Walk, walk } from './walk.ts';

export interface ReaderWorld {
  readonly disk: Disk;
  readonly catalogue: Catalogue;
  readonly tail: Tail;
  readonly damages: Damages;
  readonly salt: number;
  readonly head: () => Position;
  /** Throws once the journal is closed. */
  check(): void;
}

/** As `Journal.read`: from memory where the batches are recent, else from their segments. */
export async function* readBatches(
  from: number,
  classes: readonly number[] | undefined,
  world: ReaderWorld,
): AsyncGenerator<Batch, void, undefined> {
  const { catalogue, tail, damages } = world;
  const wants = classes && ((klass: number): boolean => classes.includes(klass));
  let offset = from;
  let place: Place | undefined;
  try {
    for (;;) {
      world.check();
      if (offset >= world.head().offset) return;
      const segment = place ? undefined : catalogue.find(offset);
      if (segment && wants && endOf(segment, wants) <= offset) {
        offset = segment.endOffset;
        continue;
      }
      if (offset >= tail.firstOffset) {
        const entry = tail.find(offset)!;
        offset = entry.firstOffset + entry.count;
        if (!wants || wants(entry.klass)) yield tail.batch(entry);
        continue;
      }
      if (!place) {
        if (!segment) return;
        place = await openAt(segment, offset, wants, world);
        continue;
      }
      let step = offset < place.wantedEnd ? place.walk.next() : undefined;
      if (step instanceof Promise) step = await step;
      if (!step) {
        offset = Math.max(offset, place.endOffset);
        await place.file.close();
        place = undefined;
      } else if ('damage' in step) {
        const to = step.damage.to ?? place.endOffset;
        if (to > offset) damages.note({ from: step.damage.from, to, why: step.damage.why });
      } else {
        const { batch, kind } = step.frame;
        const end = batch.firstOffset + batch.count;
        if (end <= offset) continue;
        offset = end;
        if (kind !== 'gap' && (!wants || wants(batch.klass))) yield batch;
      }
    }
  } catch (cause) {
    throw diskFault(cause, `offset ${offset} cannot be read`, { offset });
  } finally {
    await place?.file.close();
  }
}

interface Place {
  readonly file: DiskFile;
  readonly walk: Walk;
  readonly endOffset: number;
  /** Nothing that is wanted lies at or beyond it. */
  readonly wantedEnd: number;
}

/** One past the last record of a segment that is wanted; 0 if there is none. */
function endOf({ tallies }: Segment, wants: (klass: number) => boolean): number {
  let most = 0;
  for (const [klass, { end }] of tallies) if (end > most && wants(klass)) most = end;
  return most;
}

async function openAt(
  segment: Segment,
  offset: number,
  wants: ((klass: number) => boolean) | undefined,
  world: ReaderWorld,
): Promise<Place | undefined> {
  const opened = await openSegment(segment, world);
  if (!opened) return undefined;
  const { file, size, endOffset } = opened;
  const start = markFor(segment, offset);
  const wantedEnd = wants ? endOf(segment, wants) : endOffset;
  const options = { file, salt: world.salt, position: start.position, offset: start.offset, end: size };
  return { file, walk: walk(wants ? { ...options, wants } : options), endOffset, wantedEnd };
}

/** Opens a segment's file as the catalogue describes it; undefined if it has changed meanwhile, then ask the catalogue again. */
export async function openSegment(
  segment: Segment,
  world: Pick<ReaderWorld, 'disk' | 'catalogue'>,
): Promise<(Pick<Segment, 'size' | 'endOffset' | 'endHash'> & { readonly file: DiskFile }) | undefined> {
  const { disk, catalogue } = world;
  await segment.changing;
  // Of one moment: the segment that is written to grows meanwhile.
  const { version, size, endOffset, endHash } = segment;
  let file: DiskFile;
  try {
    file = await disk.open(catalogue.segmentPath(segment), 'existing');
  } catch (cause) {
    if (diskCode(cause) === 'ENOENT' && !catalogue.segments.includes(segment)) return undefined;
    throw cause;
  }
  if (!segment.changing && segment.version === version) return { file, size, endOffset, endHash };
  await file.close();
  return undefined;
}
