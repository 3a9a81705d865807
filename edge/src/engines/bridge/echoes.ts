import { createHash } from 'node:crypto';
import type { Duration } from '@selvedge/kernel';

/**
 * Knows again what went out when it comes in, where the other broker carries no user properties (MQTT 3.1.1): by topic
 * and payload, once for each time that it went out.
 */
export interface Echoes {
  went(topic: string, payload: Uint8Array, now: number): void;
  /** Whether it is one of those that went out; it is then forgotten. */
  came(topic: string, payload: Uint8Array, now: number): boolean;
  /** What was forgotten for want of room. */
  readonly forgotten: number;
  readonly size: number;
}

interface Gone {
  count: number;
  /** Clock ticks when it last went. */
  at: number;
}

/** `sizeMax` messages are remembered for `ageMax`; beyond it the oldest is forgotten, and its echo passes once. */
export function echoes({ sizeMax, ageMax }: { readonly sizeMax: number; readonly ageMax: Duration }): Echoes {
  /** By digest, the one that went longest ago in front. */
  const gone = new Map<string, Gone>();
  let forgotten = 0;

  const forgetOld = (now: number): void => {
    for (const [digest, { at }] of gone) {
      if (now - at < ageMax) return;
      gone.delete(digest);
    }
  };

  return {
    went(topic, payload, now) {
      forgetOld(now);
      const digest = digestOf(topic, payload);
      const known = gone.get(digest);
      gone.delete(digest);
      gone.set(digest, { count: (known?.count ?? 0) + 1, at: now });
      if (gone.size <= sizeMax) return;
      gone.delete(gone.keys().next().value!);
      forgotten += 1;
    },
    came(topic, payload, now) {
      forgetOld(now);
      const digest = digestOf(topic, payload);
      const known = gone.get(digest);
      if (!known) return false;
      known.count -= 1;
      if (known.count === 0) gone.delete(digest);
      return true;
    },
    get forgotten() {
      return forgotten;
    },
    get size() {
      return gone.size;
    },
  };
}

const digestOf = (topic: string, payload: Uint8Array): string =>
  createHash('sha256').update(topic).update('\0').update(payload).digest('base64');
