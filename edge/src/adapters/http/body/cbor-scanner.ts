import type { Buffer } from 'node:buffer';

/** Deeper items are taken for malformed: no reading is nested further. */
const depthMax = 16;

/** Finds where items of CBOR (RFC 8949) end, in bytes that come in parts. */
export interface CborScanner {
  /** Where the item that goes on at `from` ends; -1 when not in this part. What is malformed never ends. */
  endOfItem(part: Buffer, from: number): number;
}

export function cborScanner(): CborScanner {
  /** Items that are still to come of each open list, map or tag; infinite until a break. */
  const open: number[] = [];
  let skip = 0;
  let head = -1;
  let argument = 0;
  let argumentLeft = 0;
  let isMalformed = false;

  /** An item has ended; true if it was the outermost. */
  const done = (): boolean => {
    for (;;) {
      const left = open.pop();
      if (left === undefined) return true;
      if (left > 1) {
        open.push(left - 1);
        return false;
      }
    }
  };

  const enter = (items: number): boolean => {
    if (items === 0) return done();
    isMalformed = open.push(items) > depthMax;
    return false;
  };

  /** The head of an item is whole. True if that ends the outermost. */
  const begin = (major: number, isIndefinite: boolean): boolean => {
    if (isIndefinite) {
      if (major !== 7) return enter(Number.POSITIVE_INFINITY);
      // A break ends what is open without end, and nothing else.
      isMalformed = open.pop() !== Number.POSITIVE_INFINITY;
      return !isMalformed && done();
    }
    if (major === 2 || major === 3) {
      skip = argument;
      return skip === 0 && done();
    }
    if (major === 4) return enter(argument);
    if (major === 5) return enter(argument * 2);
    if (major === 6) return enter(1);
    return done();
  };

  const readHead = (byte: number): boolean => {
    const info = byte & 31;
    head = byte;
    argument = info < 24 ? info : 0;
    argumentLeft = info < 24 || info === 31 ? 0 : 2 ** (info - 24);
    // RFC 8949 section 3: 28 to 30 are reserved, and numbers and tags always have an end.
    isMalformed = (info > 27 && info < 31) || (info === 31 && [0, 1, 6].includes(byte >> 5));
    return !isMalformed && argumentLeft === 0 && endHead();
  };

  const endHead = (): boolean => {
    const [major, isIndefinite] = [head >> 5, (head & 31) === 31];
    head = -1;
    return begin(major, isIndefinite);
  };

  return {
    endOfItem(part, from) {
      let at = from;
      while (at < part.length && !isMalformed) {
        if (skip > 0) {
          const step = Math.min(skip, part.length - at);
          at += step;
          skip -= step;
          if (skip === 0 && done()) return at;
          continue;
        }
        const byte = part[at++]!;
        if (head < 0) {
          if (readHead(byte)) return at;
          continue;
        }
        argument = argument * 256 + byte;
        argumentLeft -= 1;
        if (argumentLeft === 0 && endHead()) return at;
      }
      return -1;
    },
  };
}
