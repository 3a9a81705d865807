import type { Ring } from './ring.ts';

/** One listener's place in the ring. */
export interface Reader {
  /** Sequence of the next event it gets. */
  readonly at: number;
  /** What it hears first. */
  readonly hello: { readonly kind: 'hello'; readonly sequence: number; readonly resumed: boolean };
}

/** What a listener gets now: texts and its new place, or the verdict that it has fallen behind. */
export type Portion =
  | { readonly kind: 'texts'; readonly texts: readonly string[]; readonly at: number }
  | { readonly kind: 'behind'; readonly missed: number };

/**
 * Where a listener begins. With `since` it goes on after that event if nothing after it has left the ring; otherwise it
 * begins with what comes next, and is told so, because it must load the state anew.
 */
export function joinRing(ring: Ring, since: number | undefined): Reader {
  const resumed = since !== undefined && ring.holdsAfter(since);
  const sequence = resumed ? since : ring.next - 1;
  return { at: sequence + 1, hello: { kind: 'hello', sequence, resumed } };
}

/**
 * The next texts from `at`, at least one if there is one, together at most `bytesMax`. A listener whose next event has
 * left the ring is behind: it can only be dropped, since a feed with a hole is worse than none.
 */
export function readRing(ring: Ring, at: number, bytesMax: number): Portion {
  if (at < ring.first) return { kind: 'behind', missed: ring.first - at };
  const texts: string[] = [];
  let sizeBytes = 0;
  for (let sequence = at; sequence < ring.next; sequence++) {
    const text = ring.at(sequence)!;
    if (texts.length > 0 && sizeBytes + text.length > bytesMax) break;
    texts.push(text);
    sizeBytes += text.length;
  }
  return { kind: 'texts', texts, at: at + texts.length };
}
