import type { Duration } from '@selvedge/kernel';

/** Whether the wall clock can be believed. Changed by `watchTime` and `confirmTime` alone. */
export interface TimeTrust {
  /** Wall minus ticks when last looked at. */
  readonly offset: number;
  readonly unsure: boolean;
}

/** Before this (2024-01-01) the machine plainly does not know the time. */
const plausibleFrom = 1_704_067_200_000;

/** A machine may wake up with any time; if there is somebody to ask, it is in doubt until it has asked. */
export const firstTrust = (wall: number, ticks: number, willBeTold: boolean): TimeTrust => ({
  offset: wall - ticks,
  unsure: willBeTold || wall < plausibleFrom,
});

/**
 * Looks at both clocks. A step of the wall clock of more than `stepMax` against the ticks puts it in doubt, in whichever
 * direction; slow corrections do not.
 */
export function watchTime(trust: TimeTrust, wall: number, ticks: number, stepMax: Duration): TimeTrust {
  const offset = wall - ticks;
  if (Math.abs(offset - trust.offset) <= stepMax) return { offset, unsure: trust.unsure };
  return { offset, unsure: true };
}

/** The cloud told its time: the doubt ends when the two agree within `apartMax`, and begins when they do not. */
export function confirmTime(trust: TimeTrust, wall: number, cloudWall: number, apartMax: Duration): TimeTrust {
  return { offset: trust.offset, unsure: Math.abs(wall - cloudWall) > apartMax };
}
