import type { ClassPolicy, Expiry } from '../journal.ts';
import type { Segment, Tally } from '../segment.ts';

/** Records of one class that are on their way out, as offsets. */
export type Range = Pick<Expiry, 'klass' | 'from' | 'to'>;

/** What is to become of a closed segment. */
export type Fate = 'keep' | 'remove' | 'gap' | 'shrink';

export interface PlanInput {
  /** Oldest first; without the one that is written to. */
  readonly segments: readonly Segment[];
  /** The first offset of each class that is not acknowledged. */
  readonly acknowledged: (klass: number) => number;
  readonly expiring: readonly Range[];
  /** True if what was written then has been kept long enough. */
  readonly isOld: (appendedAt: number, offset: number) => boolean;
  /** Bytes to give back beyond what is old, from the oldest on. */
  readonly bytesWanted: number;
}

export interface Planned {
  readonly segment: Segment;
  readonly fate: Fate;
  /** True if what is acknowledged goes although it is not old. */
  readonly pressed: boolean;
}

/**
 * Decides which segments go. The oldest ones are removed; one that is surrounded by others that stay leaves a gap, which
 * carries the chain across it; one that is wanted in part shrinks to its stubs and what is wanted.
 */
export function planRetention(input: PlanInput): Planned[] {
  let front = true;
  let { bytesWanted } = input;
  const plan: Planned[] = [];
  for (const segment of input.segments) {
    const pressed = bytesWanted > 0;
    // Where nothing at all can be read, nobody knows whether it is wanted.
    const unknown = segment.tallies.size === 0 && !segment.gap && !pressed;
    const held = [...segment.tallies].filter(([klass, tally]) => !isGone(klass, tally, input, pressed));
    let fate: Fate = 'keep';
    if (unknown) fate = 'keep';
    else if (held.length === 0) fate = front ? 'remove' : segment.gap ? 'keep' : 'gap';
    else if (isExpiring(segment, input.expiring) || (pressed && mostIsAcknowledged(segment, input))) fate = 'shrink';
    if (fate !== 'keep') bytesWanted -= segment.size;
    if (fate !== 'remove') front = false;
    plan.push({ segment, fate, pressed });
  }
  return plan;
}

/** True if nothing of the class is wanted any more in that segment. */
function isGone(klass: number, tally: Tally, input: PlanInput, pressed: boolean): boolean {
  if (tally.records === 0) return true;
  const expires = input.expiring.find((one) => one.klass === klass && tally.to > one.from && tally.to <= one.to);
  if (expires && tally.from >= expires.from) return true;
  if (!expires && tally.to > input.acknowledged(klass)) return false;
  return pressed || input.isOld(tally.lastAt, tally.to - 1);
}

function isExpiring(segment: Segment, expiring: readonly Range[]): boolean {
  return expiring.some(({ klass, from, to }) => {
    const tally = segment.tallies.get(klass);
    return tally !== undefined && tally.records > 0 && tally.from < to && tally.to > from;
  });
}

/** Whether shrinking is worth the writing: at least half of the bytes have been acknowledged. */
function mostIsAcknowledged(segment: Segment, input: PlanInput): boolean {
  let bytes = 0;
  for (const [klass, tally] of segment.tallies) if (tally.to <= input.acknowledged(klass)) bytes += tally.bytes;
  return bytes * 2 >= segment.size;
}

/** True if unacknowledged records of the class may have to expire; then it is worth looking at single batches. */
export function mayExpire(
  segments: readonly Segment[],
  klass: number,
  policy: ClassPolicy,
  acknowledged: number,
  ageOf: (appendedAt: number, offset: number) => number,
): boolean {
  let bytes = 0;
  for (const segment of segments) {
    const tally = segment.tallies.get(klass);
    if (!tally || tally.records === 0 || tally.to <= acknowledged) continue;
    bytes += tally.bytes;
    if (bytes > policy.bytesMax || ageOf(tally.firstAt, tally.from) > policy.ageMax) return true;
  }
  return false;
}
