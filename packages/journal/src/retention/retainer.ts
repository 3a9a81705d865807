import { type Clock, describeFailure, type Log, seconds } from '@selvedge/kernel';
import type { Catalogue } from '../catalogue.ts';
import type { Committer } from '../committer.ts';
import type { Cursors } from '../cursors.ts';
import type { Disk } from '../disk.ts';
import { diskCode } from '../disk.ts';
import type { Frame } from '../format/batch.ts';
import { expiriesMax } from '../format/state.ts';
import type { ClassPolicy, Expiry, JournalOptions } from '../journal.ts';
import type { Keeper } from '../keeper.ts';
import type { JournalMetrics } from '../metrics.ts';
import { segmentOverhead } from '../options.ts';
import type { Segment } from '../segment.ts';
import type { Tail } from '../tail.ts';
import type { Writer } from '../writer.ts';
import type { Ages } from './ages.ts';
import { type ExpiriesWorld, expiriesOf, heldBytes, rangesOf } from './expiries.ts';
import { type Planned, planRetention, type Range } from './plan.ts';
import { sharesUnder } from './pressure.ts';
import { leaveGap, shrinkSegment } from './rewrite.ts';

/** Lets go what need not be kept. */
export interface Retainer {
  /** What the state has to remember of it. */
  readonly expired: readonly number[];
  readonly expiries: readonly Expiry[];
  readonly trimmedTo: number;
  /** As in `Journal`. */
  retain(): Promise<readonly Expiry[]>;
  /** Carries out what a crash has interrupted. */
  resume(): Promise<void>;
  /** Trims in the background if little room is left, or less than is needed, at most once a second. */
  relieve(bytesNeeded: number): void;
  /** Settles when nothing is under way. */
  close(): Promise<void>;
}

export interface RetainerOptions
  extends Pick<JournalOptions, 'dir' | 'classes' | 'sizeMax' | 'segmentSize' | 'keep' | 'heldMax'> {
  readonly salt: number;
  readonly epoch: string;
  readonly expired: readonly number[];
  readonly expiries: readonly Expiry[];
  readonly trimmedTo: number;
}

export interface RetainerWorld {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly log: Log;
  readonly metrics: JournalMetrics;
  readonly catalogue: Catalogue;
  readonly writer: Writer;
  readonly committer: Committer;
  readonly cursors: Cursors;
  readonly keeper: Keeper;
  readonly ages: Ages;
  readonly tail: Tail;
}

/** Least time between two trims that nobody asked for. */
const relievePeriod = seconds(1);

export function retainer(options: RetainerOptions, world: RetainerWorld): Retainer {
  const { classes, sizeMax, segmentSize, keep, heldMax } = options;
  const { clock, disk, log, metrics, catalogue, ages, cursors } = world;
  const expired = [...options.expired];
  let { trimmedTo } = options;
  /** Counted in `expired`; kept in the state until the caller of `retain` has had them and come again. */
  let expiries: Expiry[] = [...options.expiries];
  let told = false;
  let last: Promise<unknown> = Promise.resolve();
  let relievedAt = Number.NEGATIVE_INFINITY;
  let relieving = false;

  /** The size from which on acknowledged records go although they are not old. */
  const comfortable = sizeMax - segmentOverhead - Math.min(2 * segmentSize, sizeMax / 4);
  let bytesNeeded = 0;
  const bytesWanted = (): number =>
    catalogue.sizeBytes - Math.min(comfortable, sizeMax - segmentOverhead - bytesNeeded);
  /** True while names have changed that are not durable yet; what they let go may come back until then. */
  let renamed = false;
  const renaming = (): void => {
    renamed = true;
  };
  const rewriting = { ...options, disk, log, catalogue, renaming };

  const oneAfterTheOther = <Value>(task: () => Promise<Value>): Promise<Value> => {
    const turn = last.then(task, task);
    last = turn;
    return turn;
  };

  /** The first offset of a class that is neither acknowledged nor counted as expired already. */
  const unexpired = (klass: number): number =>
    expiries.reduce((most, one) => (one.klass === klass ? Math.max(most, one.to) : most), cursors.acknowledged(klass));

  const decide = async (): Promise<Expiry[]> => {
    const found: Expiry[] = [];
    const world = { ...rewriting, ages, acknowledged: unexpired };
    const all = await pressed(world);
    for (const [klass, policy] of all.entries()) {
      const more = await expiriesOf(klass, policy, world);
      if (expiries.length + found.length + more.length > expiriesMax) break;
      found.push(...more);
    }
    return found;
  };

  /** The policies, with less room for those whose turn it is while all together are beyond `heldMax`. */
  const pressed = async (world: ExpiriesWorld): Promise<readonly ClassPolicy[]> => {
    if (heldMax === undefined || catalogue.sizeBytes <= heldMax) return classes;
    const held: number[] = [];
    for (const [klass, policy] of classes.entries())
      held.push(Math.min(policy.bytesMax, await heldBytes(klass, world)));
    const shares = new Map(sharesUnder(classes, held, heldMax).map(({ klass, bytesMax }) => [klass, bytesMax]));
    return classes.map((policy, klass) => ({ ...policy, bytesMax: shares.get(klass) ?? policy.bytesMax }));
  };

  const note = (found: readonly Expiry[]): void => {
    expiries.push(...found);
    for (const { klass, count, reason, from, to } of found) {
      expired[klass]! += count;
      metrics.expired.add(count, classes[klass]!.name, reason);
      log.warn('journal.records_expired', { class: classes[klass]!.name, reason, count, from, to });
    }
  };

  const plan = (ranges: readonly Range[]): Planned[] =>
    planRetention({
      segments: catalogue.segments.filter((segment) => segment !== world.writer.active),
      acknowledged: cursors.acknowledged,
      expiring: ranges,
      isOld: (appendedAt, offset) => ages.age(appendedAt, offset) > keep,
      bytesWanted: bytesWanted(),
    });

  const trim = async (ranges: readonly Range[], mustSave: boolean): Promise<void> => {
    const planned = plan(ranges).filter(({ fate }) => fate !== 'keep');
    const removed = planned.filter(({ fate }) => fate === 'remove').map(({ segment }) => segment);
    trimmedTo = Math.max(trimmedTo, removed.at(-1)?.endOffset ?? 0);
    // What is counted and what is let go is durable before anything is gone: a crash in between repeats, and counts once.
    if (mustSave || planned.length > 0) await world.keeper.save();
    await removeSegments(removed);
    for (const { segment, fate, pressed } of planned) {
      if (fate === 'remove') continue;
      world.tail.dropBelow(segment.endOffset);
      if (fate === 'gap') await leaveGap(segment, rewriting);
      else await shrinkSegment(segment, (frame) => goes(frame, ranges, pressed), rewriting);
      metrics.trimmed.add(1);
    }
    if (renamed) await disk.syncDir(options.dir);
    renamed = false;
    world.committer.resized();
    metrics.size.set(catalogue.sizeBytes);
    if (planned.length > 0) log.debug('journal.trimmed', { segments: planned.length, firstOffset: trimmedTo });
  };

  const goes = ({ batch }: Frame, ranges: readonly Range[], pressed: boolean): boolean => {
    const { klass, firstOffset, count, appendedAt } = batch;
    const end = firstOffset + count;
    if (ranges.some((one) => one.klass === klass && end > one.from && firstOffset < one.to)) return true;
    return end <= cursors.acknowledged(klass) && (pressed || ages.age(appendedAt, firstOffset) > keep);
  };

  const removeSegments = async (segments: readonly Segment[]): Promise<void> => {
    for (const segment of segments) {
      // Readers look in the catalogue first: they must not find a segment whose file has gone.
      catalogue.remove(segment);
      world.tail.dropBelow(segment.endOffset);
      renaming();
      await disk.remove(catalogue.segmentPath(segment));
      await disk.remove(catalogue.indexPath(segment)).catch((cause: unknown) => {
        if (diskCode(cause) !== 'ENOENT') throw cause;
      });
      metrics.trimmed.add(1);
    }
  };

  return {
    expired,
    get expiries() {
      return expiries;
    },
    get trimmedTo() {
      return trimmedTo;
    },
    retain: () =>
      oneAfterTheOther(async () => {
        ages.look(world.committer.head.offset);
        const hadTold = told && expiries.length > 0;
        if (told) expiries = [];
        told = false;
        const found = await decide();
        note(found);
        const ranges = rangesOf(expiries);
        const active = world.writer.active;
        if (active && ranges.some(({ to }) => to > active.firstOffset)) await world.committer.roll();
        await trim(ranges, found.length > 0 || hadTold);
        told = true;
        return [...expiries];
      }),
    resume: () => oneAfterTheOther(() => trim(rangesOf(expiries), false)),
    relieve(needed) {
      bytesNeeded = needed;
      if (relieving || bytesWanted() <= 0 || clock.ticks() - relievedAt < relievePeriod) return;
      relieving = true;
      relievedAt = clock.ticks();
      oneAfterTheOther(() => trim(rangesOf(expiries), false))
        .catch((cause: unknown) => log.warn('journal.trim_failed', describeFailure(cause)))
        .finally(() => {
          relieving = false;
        })
        .catch(() => undefined);
    },
    async close() {
      await last.catch(() => undefined);
    },
  };
}
