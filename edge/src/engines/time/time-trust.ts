import type { Duration } from '@selvedge/kernel';

/** Whether the wall clock can be believed. Changed by `watchTime` and `confirmTime` alone. */
export interface TimeTrust {
  /** Wall minus ticks when last looked at. */
  readonly offset: number;
  readonly unsure: boolean;
}

/** Before this (2024-01-01) the machine plainly does not know the time. */
const plausibleFrom = 1_704_067_200_000;

export const firstTrust = (wall: number, ticks: number): TimeTrust => ({
  offset: wall - ticks,
  unsure: wall < plausibleFrom,
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
