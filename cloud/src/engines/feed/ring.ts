import type { FeedEvent } from '../../ports.ts';

export interface RingLimits {
  readonly eventsMax: number;
  readonly bytesMax: number;
}

/** The latest events in the order they were published, each with its sequence, as the text that clients receive. */
export interface Ring {
  /** Sequence of the oldest event still here. */
  readonly first: number;
  /** Sequence that the next event gets. */
  readonly next: number;
  readonly sizeBytes: number;
  /** Adds an event; the oldest leave when a bound is passed. Gives its sequence. */
  add(event: FeedEvent): number;
  /** The text of an event, or undefined when it has left or is yet to come. */
  at(sequence: number): string | undefined;
  /** Whether a client that has seen everything up to `since` misses nothing by going on from here. */
  holdsAfter(since: number): boolean;
}

/**
 * Begins at `start`, which is later after each restart of the cloud, so that a client never takes the events of one life
 * for those of another. Holds its state itself; the same calls give the same ring.
 */
export function ring(limits: RingLimits, start: number): Ring {
  const slots = new Array<string | undefined>(limits.eventsMax);
  let first = start;
  let next = start;
  let sizeBytes = 0;
  const drop = (): void => {
    const slot = first % limits.eventsMax;
    sizeBytes -= slots[slot]!.length;
    slots[slot] = undefined;
    first += 1;
  };
  return {
    get first() {
      return first;
    },
    get next() {
      return next;
    },
    get sizeBytes() {
      return sizeBytes;
    },
    add(event) {
      const text = JSON.stringify({ sequence: next, kind: event.kind, data: event.data });
      if (next - first === limits.eventsMax) drop();
      slots[next % limits.eventsMax] = text;
      next += 1;
      sizeBytes += text.length;
      // The newest stays even when it is larger than the bound: whoever listens now gets it.
      while (sizeBytes > limits.bytesMax && next - first > 1) drop();
      return next - 1;
    },
    at: (sequence) => (sequence >= first && sequence < next ? slots[sequence % limits.eventsMax] : undefined),
    holdsAfter: (since) => since >= first - 1 && since < next,
  };
}

/** The start of a ring for a cloud that starts now: it grows faster than events come, below 2^53. */
export const ringStart = (wall: number): number => Math.max(1, Math.floor(wall)) * 1_000;
