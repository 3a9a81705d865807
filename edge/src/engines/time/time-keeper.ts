import { type Clock, defineMetrics, hours, type Log, minutes, seconds } from '@selvedge/kernel';
import type { TimeCorrection } from '@selvedge/protocol';
import { addRun, type Doubt, doubtAfter, doubtFrom, noDoubt, type Told, tellDoubt } from './corrections.ts';
import { timeMetrics } from './metrics.ts';
import { confirmTime, firstTrust, watchTime } from './time-trust.ts';

/** Knows at any moment whether the wall clock can be believed, and says when that changes. */
export interface TimeKeeper {
  readonly unsure: boolean;
  /** To be called every second. */
  watch(): void;
  confirm(cloudWall: number): void;
  /** Takes over what an earlier life of the node has left untold. */
  restore(past: readonly Told[]): void;
  /** What is not durably told, up to the durable end of the journal, and what an end of the node now leaves known of it. */
  readonly untold: readonly Told[];
  metrics(): string;
}

export interface TimeKeeperParts {
  readonly clock: Clock;
  readonly log: Log;
  /** A cloud will say what time it is. */
  readonly willBeTold: boolean;
  /** The offset behind all that is durable. */
  readonly durable: () => number;
  /** The offset that the journal gives next; it goes back to the durable end when a commit is refused. */
  readonly next: () => number;
  /** What the node derives waits outside the journal. */
  readonly isDelayed: () => boolean;
  /** Writes down what was timed wrongly, once it is known; false when there is no room to wait for the disk. */
  readonly correct: (one: TimeCorrection, durable: () => void) => boolean;
}

const stepMax = minutes(1);
const apartMax = seconds(60);
/** A clock that stays wrong is corrected piece by piece, so that no reading waits longer for its true time. */
const pieceMax = hours(1);
/** Corrections that may be on their way into the journal; until there is room what is in doubt stays so. */
const tellingMax = 64;

export function timeKeeper(parts: TimeKeeperParts): TimeKeeper {
  const { clock, log, durable, next } = parts;
  const metrics = defineMetrics(timeMetrics);
  let trust = firstTrust(clock.wall(), clock.ticks(), parts.willBeTold);
  let doubt: Doubt = trust.unsure ? doubtFrom(noDoubt, durable(), trust.offset) : noDoubt;
  let past: readonly Told[] = [];
  const telling: { readonly one: TimeCorrection; isWritten: boolean }[] = [];
  /** True wall time minus ticks, once somebody has said it in this life of the process. */
  let trueSkew: number | undefined;
  let settledAt = clock.ticks();
  /** The doubt is over; its end is looked for. What was timed in it may still be on its way into the journal. */
  let over: { readonly end: number; readonly isSeen: boolean } | undefined;

  const become = (found: typeof trust): void => {
    const skew = doubt.pieces.at(-1)?.skew;
    const begins = found.unsure && !trust.unsure;
    // Small steps come to a large one in time.
    const moved = skew === undefined || Math.abs(found.offset - skew) > stepMax;
    // From the durable end on, so that a refused commit cannot bring a marked reading before it.
    if (begins || (found.unsure && moved))
      doubt = doubtFrom(doubt, doubt.pieces.length === 0 ? durable() : next(), found.offset);
    if (begins) over = undefined;
    if (found.unsure !== trust.unsure)
      log.warn(found.unsure ? 'clock.doubted' : 'clock.confirmed', { wall: clock.wall() });
    trust = found;
  };

  const settle = (upTo: number): void => {
    if (telling.length >= tellingMax) return;
    const runs = trueSkew === undefined ? past : [...past, ...tellDoubt(doubt, { upTo, trueSkew, apartMax })];
    const at = trueSkew === undefined ? clock.wall() : trueSkew + clock.ticks();
    past = [];
    if (!trust.unsure) doubt = noDoubt;
    else if (trueSkew !== undefined) doubt = doubtAfter(doubt, upTo, trust.offset);
    settledAt = clock.ticks();
    over = undefined;
    for (const run of runs) telling.push({ one: { ...run, at }, isWritten: false });
    tell();
  };

  const tell = (): void => {
    for (const entry of telling) {
      if (entry.isWritten) continue;
      entry.isWritten = parts.correct(entry.one, () => void telling.splice(telling.indexOf(entry), 1));
      if (!entry.isWritten) return;
      const { from, to, by, unknown } = entry.one;
      if (by === null) log.warn('clock.unknown', { from, to, why: unknown });
      else log.info('clock.corrected', { from, to, by });
      metrics.corrections.add(1, by === null ? 'unknown' : by === 0 ? 'right' : 'wrong');
    }
  };

  /** Behind a durable end that was seen twice nothing comes any more that is marked, nor what was derived from it. */
  const findEnd = (): void => {
    const end = Math.min(over!.end, next());
    over = { end, isSeen: over!.isSeen };
    if (parts.isDelayed()) over = { end: next(), isSeen: false };
    else if (durable() < end) return;
    else if (over.isSeen) settle(end);
    else over = { end: next(), isSeen: true };
  };

  /** A refused commit gave offsets back from before the last step of the clock: what gets them now comes after it. */
  const stepBack = (): void => {
    const last = doubt.pieces.at(-1);
    if (last?.skew !== undefined && next() < last.from) doubt = doubtFrom(doubt, next(), last.skew);
  };

  return {
    get unsure() {
      const wall = clock.wall();
      stepBack();
      // A jump counts from the first reading after it, not from the next look at the clock.
      if (Math.abs(wall - clock.ticks() - trust.offset) > stepMax)
        become(watchTime(trust, wall, clock.ticks(), stepMax));
      return trust.unsure;
    },
    watch() {
      become(watchTime(trust, clock.wall(), clock.ticks(), stepMax));
      tell();
      if (over) findEnd();
      else if (!trust.unsure && past.length > 0) settle(durable());
      // What the cloud once said holds on: ticks do not jump.
      else if (trust.unsure && trueSkew !== undefined && clock.ticks() - settledAt >= pieceMax) settle(durable());
    },
    confirm(cloudWall) {
      become(watchTime(trust, clock.wall(), clock.ticks(), stepMax));
      become(confirmTime(trust, clock.wall(), cloudWall, apartMax));
      trueSkew = cloudWall - clock.ticks();
      if (trust.unsure) settle(durable());
      else if (doubt.pieces.length > 0) over ??= { end: next(), isSeen: false };
    },
    restore(runs) {
      past = runs.reduce(addRun, past);
    },
    get untold() {
      const told = telling.map(({ one: { at: _at, ...run } }) => run);
      return [...told, ...past, ...tellDoubt(doubt, { upTo: durable(), trueSkew, apartMax })];
    },
    metrics: () => metrics.expose(),
  };
}
