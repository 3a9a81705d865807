import type { Limits } from '../config.ts';
import type { Line } from '../line.ts';

/** How many requests are executed at a time, of all peers and of each. */
export interface Admission {
  /** Whether one more may begin; if so, `leave` has to follow. */
  enter(line: Line): boolean;
  leave(line: Line): void;
}

export function admission(limits: Limits): Admission {
  const byLine = new Map<string, number>();
  let all = 0;
  return {
    enter({ key }) {
      const mine = byLine.get(key) ?? 0;
      if (all >= limits.requestsMax || mine >= limits.peerRequestsMax) return false;
      all += 1;
      byLine.set(key, mine + 1);
      return true;
    },
    leave({ key }) {
      const left = byLine.get(key)! - 1;
      all -= 1;
      if (left === 0) byLine.delete(key);
      else byLine.set(key, left);
    },
  };
}
