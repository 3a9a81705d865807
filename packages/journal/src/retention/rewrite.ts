import type { Log } from '@selvedge/kernel';
import type { Catalogue } from '../catalogue.ts';
import type { Disk, DiskFile } from '../disk.ts';
import { batchHeaderSize, encodeGap, encodeStub, type Frame, frameBytes } from '../format/batch.ts';
import { encodeSegmentHeader, segmentHeaderSize } from '../format/segment-header.ts';
import { writeIndex } from '../load.ts';
import { withFile } from '../scan.ts';
import { addFrame, emptySegment, type Segment } from '../segment.ts';
import { walk } from '../walk.ts';

export interface RewriteWorld {
  readonly disk: Disk;
  readonly log: Log;
  readonly catalogue: Catalogue;
  readonly dir: string;
  readonly salt: number;
  readonly epoch: string;
  /** Called before a name in the folder changes; the folder has to be synced afterwards. */
  renaming(): void;
}

/** Replaces a closed segment by one in which the batches that `goes` names are stubs. What is damaged is copied as it is. */
export async function shrinkSegment(
  segment: Segment,
  goes: (frame: Frame) => boolean,
  world: RewriteWorld,
): Promise<void> {
  const { firstOffset, prevHash } = segment;
  const path = world.catalogue.segmentPath(segment);
  await replace(segment, world, async (out) => {
    const fresh = emptySegment(firstOffset, prevHash);
    await withFile(world.disk, path, 'existing', async (file) => {
      const { salt } = world;
      const going = walk({
        file,
        salt,
        position: segmentHeaderSize,
        offset: firstOffset,
        hash: prevHash,
        end: segment.size,
      });
      for (;;) {
        let step = going.next();
        if (step instanceof Promise) step = await step;
        if (!step) break;
        if ('damage' in step) {
          const { position, resumeAt } = step.damage;
          await out.add(await readExactly(file, position, resumeAt - position));
          continue;
        }
        const { frame } = step;
        const stub = frame.kind === 'full' && goes(frame);
        const length = stub ? batchHeaderSize : frame.length;
        addFrame(fresh, { ...frame, kind: stub ? 'stub' : frame.kind, position: out.size, length });
        if (stub) await out.add(encodeStub(frame, salt));
        else await out.add(frameBytes(frame));
      }
    });
    fresh.endOffset = segment.endOffset;
    fresh.endHash = segment.endHash;
    return fresh;
  });
}

/** Replaces a closed segment of which nothing is wanted by a gap, so that the chain can be followed across it. */
export async function leaveGap(segment: Segment, world: RewriteWorld): Promise<void> {
  await replace(segment, world, async (out) => {
    const { firstOffset, endOffset, prevHash, endHash } = segment;
    const fresh = emptySegment(firstOffset, prevHash);
    await out.add(encodeGap({ firstOffset, count: endOffset - firstOffset, prevHash, hash: endHash }, world.salt));
    return { ...fresh, endOffset, endHash, gap: true, marks: [firstOffset, segmentHeaderSize] };
  });
}

interface Sink {
  readonly size: number;
  add(bytes: Uint8Array): Promise<void>;
}

const bufferSize = 256 * 1024;

async function replace(segment: Segment, world: RewriteWorld, write: (out: Sink) => Promise<Segment>): Promise<void> {
  const { disk, catalogue, dir, salt, epoch } = world;
  const path = catalogue.segmentPath(segment);
  const temporary = `${path}.tmp`;
  const fresh = await withFile(disk, temporary, undefined, async (file) => {
    await file.truncate(0);
    const out = sink(file);
    const { firstOffset, prevHash } = segment;
    await out.add(encodeSegmentHeader({ salt, epoch, firstOffset, createdAt: 0, prevHash }));
    const written = await write(out);
    written.size = out.size;
    await out.end();
    await file.sync();
    return written;
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  segment.changing = promise;
  try {
    world.renaming();
    await disk.rename(temporary, path);
    const { size, gap, tallies, marks } = fresh;
    catalogue.resized(size - segment.size);
    Object.assign(segment, { size, gap, tallies, marks });
    segment.version += 1;
    const { indexSize } = segment;
    await writeIndex(dir, segment, world);
    catalogue.resized(segment.indexSize - indexSize);
  } finally {
    segment.changing = undefined;
    resolve();
  }
}

function sink(file: DiskFile): Sink & { end(): Promise<void> } {
  let buffered: Uint8Array[] = [];
  let bufferedBytes = 0;
  let written = 0;
  const end = async (): Promise<void> => {
    const bytes = Buffer.concat(buffered);
    buffered = [];
    bufferedBytes = 0;
    await file.write(bytes, written);
    written += bytes.length;
  };
  return {
    get size() {
      return written + bufferedBytes;
    },
    async add(bytes) {
      buffered.push(bytes);
      bufferedBytes += bytes.length;
      if (bufferedBytes >= bufferSize) await end();
    },
    end,
  };
}

async function readExactly(file: DiskFile, at: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, await file.read(bytes, at));
}
