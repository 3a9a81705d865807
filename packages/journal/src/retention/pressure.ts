import type { ClassPolicy } from '../journal.ts';

/** What one class may keep unacknowledged once the sum of all is considered. */
export interface Share {
  readonly klass: number;
  readonly bytesMax: number;
}

/**
 * Spreads what is too much over the classes: by ascending `turn`, each gives up all it has before the next gives up
 * anything. `held` are the bytes of each class that nobody has acknowledged and that its own policy leaves. Pure.
 */
export function sharesUnder(classes: readonly ClassPolicy[], held: readonly number[], heldMax: number): Share[] {
  let over = held.reduce((sum, bytes) => sum + bytes, 0) - heldMax;
  const inTurn = [...classes.entries()]
    .filter(([, policy]) => policy.turn !== undefined)
    .sort(([, one], [, other]) => one.turn! - other.turn!);
  const shares: Share[] = [];
  for (const [klass] of inTurn) {
    if (over <= 0) break;
    const given = Math.min(over, held[klass]!);
    if (given > 0) shares.push({ klass, bytesMax: held[klass]! - given });
    over -= given;
  }
  return shares;
}
