import { batchHash, bodyDigest, countRecords } from './chain.ts';
import type { DiskFile } from './disk.ts';
import type { Frame } from './format/batch.ts';
import { segmentHeaderSize } from './format/segment-header.ts';
import type { Verdict } from './journal.ts';
import { openSegment, type ReaderWorld } from './reader.ts';
import { readHeader } from './scan.ts';
import type { Segment } from './segment.ts';
import { walk } from './walk.ts';

export interface VerifyWorld extends ReaderWorld {
  readonly epoch: string;
}

/** As `Journal.verify`: everything that was durable when it began. */
export async function* verifyAll(world: VerifyWorld): AsyncGenerator<Verdict, void, undefined> {
  const { catalogue } = world;
  const head = world.head();
  let offset = 0;
  let hash: Uint8Array | undefined;
  while (offset < head.offset) {
    world.check();
    const segment = catalogue.find(offset);
    if (!segment) break;
    if (segment === catalogue.segments[0] && segment.firstOffset > offset) {
      // What was trimmed is not missing: the header of the oldest segment carries the chain from there.
      offset = segment.firstOffset;
      hash = undefined;
    }
    const opened = await openSegment(segment, world);
    if (!opened) continue;
    const { file, endOffset, endHash } = opened;
    try {
      if (segment.firstOffset > offset) {
        yield bad(offset, `offsets up to ${segment.firstOffset} are in no segment`);
      } else if (hash && Buffer.compare(hash, segment.prevHash) !== 0) {
        yield bad(offset, 'the segment does not chain to the one before');
      }
      yield* verifySegment(segment, opened, world);
      hash = endHash;
      offset = endOffset;
    } finally {
      await file.close();
    }
  }
  if (catalogue.segments.length > 0 && offset < head.offset) {
    yield bad(offset, `offsets up to the head, ${head.offset}, are in no segment`);
  }
}

const bad = (offset: number, why: string): Verdict => ({ batch: undefined, offset, why });

async function* verifySegment(
  { firstOffset, prevHash }: Segment,
  { file, size, endOffset, endHash }: Pick<Segment, 'size' | 'endOffset' | 'endHash'> & { readonly file: DiskFile },
  world: VerifyWorld,
): AsyncGenerator<Verdict, void, undefined> {
  const { salt, damages, epoch } = world;
  const header = await readHeader(file);
  if (!header.ok) yield bad(firstOffset, `segment header: ${header.why}`);
  else if (header.value.epoch !== epoch || Buffer.compare(header.value.prevHash, prevHash) !== 0) {
    yield bad(firstOffset, 'the segment header belongs to another chain');
  }
  const going = walk({ file, salt, position: segmentHeaderSize, offset: firstOffset, hash: prevHash, end: size });
  let last: Uint8Array = prevHash;
  for (;;) {
    let step = going.next();
    if (step instanceof Promise) step = await step;
    if (!step) break;
    if ('damage' in step) {
      const { from, to = endOffset, why } = step.damage;
      damages.note({ from, to, why });
      yield bad(from, why);
      last = endHash;
      continue;
    }
    const { batch, kind } = step.frame;
    last = batch.hash;
    if (kind !== 'gap') yield { batch, offset: batch.firstOffset, why: whatIsWrong(step.frame) };
  }
  if (Buffer.compare(last, endHash) !== 0) yield bad(endOffset, 'the segment ends with another batch than was written');
}

/** Recomputes what the CRCs only make likely: the digest, the hash, and that the body is `count` records. */
function whatIsWrong({ batch }: Frame): string | undefined {
  const { body, count } = batch;
  if (Buffer.compare(batchHash(batch, batch.bodyDigest, batch.prevHash), batch.hash) !== 0)
    return 'its hash does not fit';
  if (!body) return undefined;
  if (Buffer.compare(bodyDigest(body), batch.bodyDigest) !== 0) return "its body's digest does not fit";
  const records = countRecords(body);
  return records === count ? undefined : `it says ${count} records, its body has ${records}`;
}
