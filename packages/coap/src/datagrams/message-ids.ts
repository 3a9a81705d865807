import type { Entropy } from '@selvedge/kernel';

/** Message ids of one peer: all 65 536 before any comes again, in an order that only this endpoint knows. */
export interface MessageIds {
  next(): number;
}

/**
 * Four rounds of a Feistel network over two bytes, with round functions drawn by chance, encrypt a counter; each peer
 * has its own start and mask, so that what one peer sees tells nothing about the ids of another.
 */
export function messageIds(entropy: Entropy): () => MessageIds {
  const rounds = [0, 1, 2, 3].map(() => entropy.bytes(256));
  const permute = (value: number): number => {
    let left = value >> 8;
    let right = value & 0xff;
    for (const round of rounds) [left, right] = [right, left ^ round[right]!];
    return (left << 8) | right;
  };
  return () => {
    const [a, b, c, d] = entropy.bytes(4) as unknown as [number, number, number, number];
    const mask = (a << 8) | b;
    let counter = (c << 8) | d;
    return {
      next() {
        counter = (counter + 1) & 0xffff;
        return permute(counter ^ mask);
      },
    };
  };
}
