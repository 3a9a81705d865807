/** A window as it is kept: `seen` has a bit for `highest`, the lowest of its first byte, then one for each number below. */
export interface WindowState {
  /** −1 before the first message. */
  readonly highest: number;
  readonly seen: Uint8Array;
}

/**
 * Which sequence numbers of a peer have come, as far back as `size` below the highest (RFC 8613 §7.4, the sliding window
 * of RFC 6347 §4.1.2.6). What is older than that counts as seen.
 */
export interface ReplayWindow {
  has(sequence: number): boolean;
  /** Marks it as seen; only once its message has been verified. */
  add(sequence: number): void;
  state(): WindowState;
}

/** `size` is a multiple of 8. */
export const emptyWindow = (size: number): ReplayWindow => windowOf(size, -1, new Uint8Array(size / 8));

/** Everything up to `sequence` counts as seen. */
export const windowFrom = (size: number, sequence: number): ReplayWindow =>
  windowOf(size, sequence, new Uint8Array(size / 8).fill(0xff));

/** A kept window, which may have been of another size; where it did not reach, everything counts as seen. */
export function restoredWindow(size: number, { highest, seen }: WindowState): ReplayWindow {
  const bits = new Uint8Array(size / 8).fill(0xff);
  bits.set(seen.subarray(0, bits.length));
  return windowOf(size, highest, bits);
}

function windowOf(size: number, highestAtFirst: number, seen: Uint8Array): ReplayWindow {
  let highest = highestAtFirst;
  // A ring: the bit of a number stays where it is while the window slides over it.
  const ring = new Uint8Array(size / 8);
  const mark = (sequence: number): void => void (ring[(sequence % size) >> 3]! |= 1 << (sequence & 7));
  const clear = (sequence: number): void => void (ring[(sequence % size) >> 3]! &= ~(1 << (sequence & 7)));
  const marked = (sequence: number): boolean => (ring[(sequence % size) >> 3]! & (1 << (sequence & 7))) !== 0;
  for (let back = 0; back < size && back <= highest; back++) {
    if ((seen[back >> 3]! >> (back & 7)) & 1) mark(highest - back);
  }

  return {
    has: (sequence) => sequence <= highest && (sequence <= highest - size || marked(sequence)),
    add(sequence) {
      if (sequence > highest) {
        for (let next = Math.max(highest + 1, sequence - size + 1); next < sequence; next++) clear(next);
        highest = sequence;
      }
      mark(sequence);
    },
    state() {
      const bits = new Uint8Array(size / 8);
      for (let back = 0; back < size && back <= highest; back++) {
        if (marked(highest - back)) bits[back >> 3]! |= 1 << (back & 7);
      }
      return { highest, seen: bits };
    },
  };
}
