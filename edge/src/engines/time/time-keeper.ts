import { type Clock, type Log, minutes, seconds } from '@selvedge/kernel';
import { confirmTime, firstTrust, watchTime } from './time-trust.ts';

/** Knows at any moment whether the wall clock can be believed, and says when that changes. */
export interface TimeKeeper {
  readonly unsure: boolean;
  watch(): void;
  confirm(cloudWall: number): void;
}

const stepMax = minutes(1);
const apartMax = seconds(60);

/** `willBeTold`: a cloud will say what time it is. */
export function timeKeeper(clock: Clock, log: Log, willBeTold: boolean): TimeKeeper {
  let trust = firstTrust(clock.wall(), clock.ticks(), willBeTold);
  const become = (next: typeof trust): void => {
    if (next.unsure !== trust.unsure)
      log.warn(next.unsure ? 'clock.doubted' : 'clock.confirmed', { wall: clock.wall() });
    trust = next;
  };
  return {
    get unsure() {
      const wall = clock.wall();
      // A jump counts from the first reading after it, not from the next look at the clock.
      if (Math.abs(wall - clock.ticks() - trust.offset) > stepMax)
        become(watchTime(trust, wall, clock.ticks(), stepMax));
      return trust.unsure;
    },
    watch: () => become(watchTime(trust, clock.wall(), clock.ticks(), stepMax)),
    confirm: (cloudWall) => become(confirmTime(trust, clock.wall(), cloudWall, apartMax)),
  };
}
