/** `$boot` is a u32 on the wire. */
const bootMax = 0xffff_ffff;

/**
 * The counter of this start: above the last one, and at least the seconds since the Unix epoch, so that a device that
 * lost its folder does not give names again that the edge has seen.
 */
export function nextBoot(last: number, wall: number): number {
  const seconds = Math.floor(wall / 1_000);
  return Math.min(bootMax, Math.max(last + 1, seconds > 0 && seconds < bootMax ? seconds : 0));
}
