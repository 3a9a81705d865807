import type { Clock } from '@selvedge/kernel';

/** Sequence numbers of notifications have 24 bits, and wrap (RFC 7641 §4.4). */
const range = 2 ** 24;

/** Milliseconds of one step: the numbers go round in six days, and a restarted server goes on above its old ones. */
const step = 32;

export const firstSequence = (clock: Clock): number => Math.floor(clock.wall() / step) % range;

export function nextSequence(clock: Clock, last: number): number {
  const now = firstSequence(clock);
  return isNewer(now, last) ? now : (last + 1) % range;
}

/** Whether a notification was sent after another, both within the last 128 seconds (RFC 7641 §3.4). */
export const isNewer = (number: number, than: number): boolean =>
  number > than ? number - than < range / 2 : than - number > range / 2;
