import type { Catalogue } from '../catalogue.ts';
import type { Disk } from '../disk.ts';
import type { ClassPolicy, Expiry, ExpiryReason } from '../journal.ts';
import { withFile } from '../scan.ts';
import { markFor, type Segment } from '../segment.ts';
import { walk } from '../walk.ts';
import type { Ages } from './ages.ts';
import { mayExpire, type Range } from './plan.ts';

export interface ExpiriesWorld {
  readonly disk: Disk;
  readonly catalogue: Catalogue;
  readonly ages: Ages;
  readonly salt: number;
  readonly acknowledged: (klass: number) => number;
}

interface Candidate {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
  readonly age: number;
}

/** Which unacknowledged batches of a class have to go, oldest first, by what its policy says. Reads only headers. */
export async function expiriesOf(klass: number, policy: ClassPolicy, world: ExpiriesWorld): Promise<Expiry[]> {
  const { catalogue, ages } = world;
  const acknowledged = world.acknowledged(klass);
  const segments = [...catalogue.segments];
  if (!mayExpire(segments, klass, policy, acknowledged, ages.age)) return [];
  const concerned = concernedBy(klass, acknowledged, segments);
  const { bytes: unacknowledgedBytes, first } = await weigh(klass, acknowledged, concerned, world);

  const expired: Expiry[] = [];
  let over = unacknowledgedBytes - policy.bytesMax;
  for (const [index, segment] of concerned.entries()) {
    const batches = index === 0 && first ? first : await candidates(segment, klass, acknowledged, world);
    for (const { from, to, bytes, age } of batches) {
      if (age <= policy.ageMax && over <= 0) return expired;
      over -= bytes;
      grow(expired, klass, from, to, age > policy.ageMax ? 'age' : 'bytes');
    }
  }
  return expired;
}

/** Bytes of a class that nobody has acknowledged. Reads the headers of one segment at most. */
export async function heldBytes(klass: number, world: ExpiriesWorld): Promise<number> {
  const acknowledged = world.acknowledged(klass);
  const concerned = concernedBy(klass, acknowledged, world.catalogue.segments);
  return (await weigh(klass, acknowledged, concerned, world)).bytes;
}

const concernedBy = (klass: number, acknowledged: number, segments: readonly Segment[]): readonly Segment[] =>
  segments.filter(({ tallies }) => (tallies.get(klass)?.to ?? 0) > acknowledged);

/** What is not acknowledged in these segments; with the candidates of the first where it is acknowledged in part. */
async function weigh(
  klass: number,
  acknowledged: number,
  concerned: readonly Segment[],
  world: ExpiriesWorld,
): Promise<{ readonly bytes: number; readonly first: readonly Candidate[] | undefined }> {
  let bytes = 0;
  let first: readonly Candidate[] | undefined;
  for (const segment of concerned) {
    const tally = segment.tallies.get(klass)!;
    if (tally.from >= acknowledged) bytes += tally.bytes;
    else {
      first = await candidates(segment, klass, acknowledged, world);
      bytes += first.reduce((sum, one) => sum + one.bytes, 0);
    }
  }
  return { bytes, first };
}

function grow(expired: Expiry[], klass: number, from: number, to: number, reason: ExpiryReason): void {
  const last = expired.at(-1);
  if (last?.reason === reason) expired[expired.length - 1] = { ...last, to, count: last.count + to - from };
  else expired.push({ klass, from, to, count: to - from, reason });
}

/** The batches of a class that still have a body and are not wholly acknowledged. */
async function candidates(
  segment: Segment,
  klass: number,
  acknowledged: number,
  world: ExpiriesWorld,
): Promise<readonly Candidate[]> {
  const { disk, catalogue, ages, salt } = world;
  return withFile(disk, catalogue.segmentPath(segment), 'existing', async (file) => {
    const found: Candidate[] = [];
    const { offset, position } = markFor(segment, acknowledged);
    const going = walk({ file, salt, position, offset, end: segment.size, wants: () => false, reuse: true });
    for (;;) {
      let step = going.next();
      if (step instanceof Promise) step = await step;
      if (!step) return found;
      if ('damage' in step || step.frame.kind !== 'full' || step.frame.batch.klass !== klass) continue;
      const { firstOffset, count, bodyLength, appendedAt } = step.frame.batch;
      const to = firstOffset + count;
      if (to <= acknowledged) continue;
      const age = ages.age(appendedAt, firstOffset);
      found.push({ from: Math.max(firstOffset, acknowledged), to, bytes: bodyLength, age });
    }
  });
}

/**
 * What the expiries of one pass cover, class by class. An age expiry and a bytes expiry that follow each other are one:
 * between them lie only records of other classes.
 */
export function rangesOf(expiries: readonly Expiry[]): Range[] {
  const ranges: { klass: number; from: number; to: number }[] = [];
  let before: Expiry | undefined;
  for (const one of expiries) {
    const last = ranges.at(-1);
    if (last && before?.klass === one.klass && before.reason === 'age' && one.reason === 'bytes') last.to = one.to;
    else ranges.push({ klass: one.klass, from: one.from, to: one.to });
    before = one;
  }
  return ranges;
}
