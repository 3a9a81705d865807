import { type Clock, hours, type Log, minutes, seconds } from '@selvedge/kernel';
import type { TimeCorrection } from '@selvedge/protocol';
import { type Doubt, doubtFrom, noDoubt, settleDoubt } from './corrections.ts';
import { confirmTime, firstTrust, watchTime } from './time-trust.ts';

/** Knows at any moment whether the wall clock can be believed, and says when that changes. */
export interface TimeKeeper {
  readonly unsure: boolean;
  watch(): void;
  confirm(cloudWall: number): void;
}

export interface TimeKeeperParts {
  readonly clock: Clock;
  readonly log: Log;
  /** A cloud will say what time it is. */
  readonly willBeTold: boolean;
  /** The offset that the journal gives next. */
  readonly head: () => number;
  /** Writes down what was timed wrongly, once it is known. */
  readonly correct: (one: TimeCorrection) => void;
}

const stepMax = minutes(1);
const apartMax = seconds(60);
/** A clock that stays wrong is corrected piece by piece, so that no reading waits longer for its true time. */
const pieceMax = hours(1);

export function timeKeeper({ clock, log, willBeTold, head, correct }: TimeKeeperParts): TimeKeeper {
  let trust = firstTrust(clock.wall(), clock.ticks(), willBeTold);
  let doubt: Doubt = trust.unsure ? doubtFrom(noDoubt, head(), trust.offset) : noDoubt;
  /** True wall time minus ticks, once somebody has said it in this life of the process. */
  let trueSkew: number | undefined;
  let settledAt = clock.ticks();
  /** The doubt is over, and what was timed in it may still be on its way into the journal: the next look settles it. */
  let isOver = false;

  const become = (next: typeof trust): void => {
    const jumped = Math.abs(next.offset - trust.offset) > stepMax;
    if (next.unsure && (jumped || !trust.unsure)) doubt = doubtFrom(doubt, head(), next.offset);
    if (next.unsure !== trust.unsure)
      log.warn(next.unsure ? 'clock.doubted' : 'clock.confirmed', { wall: clock.wall() });
    trust = next;
  };
  const settle = (skew: number): void => {
    const corrections = settleDoubt(doubt, { head: head(), trueSkew: skew, at: skew + clock.ticks(), apartMax });
    doubt = trust.unsure ? doubtFrom(noDoubt, head(), trust.offset) : noDoubt;
    settledAt = clock.ticks();
    isOver = false;
    for (const one of corrections) {
      log.info('clock.corrected', { from: one.from, to: one.to, by: one.by });
      correct(one);
    }
  };
  return {
    get unsure() {
      const wall = clock.wall();
      // A jump counts from the first reading after it, not from the next look at the clock.
      if (Math.abs(wall - clock.ticks() - trust.offset) > stepMax)
        become(watchTime(trust, wall, clock.ticks(), stepMax));
      return trust.unsure;
    },
    watch() {
      become(watchTime(trust, clock.wall(), clock.ticks(), stepMax));
      // What the cloud once said holds on: ticks do not jump.
      const isDue = isOver || (trust.unsure && clock.ticks() - settledAt >= pieceMax);
      if (isDue && trueSkew !== undefined) settle(trueSkew);
    },
    confirm(cloudWall) {
      become(watchTime(trust, clock.wall(), clock.ticks(), stepMax));
      become(confirmTime(trust, clock.wall(), cloudWall, apartMax));
      trueSkew = cloudWall - clock.ticks();
      if (trust.unsure) settle(trueSkew);
      else isOver = true;
    },
  };
}
