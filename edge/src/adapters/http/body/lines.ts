import { Buffer } from 'node:buffer';
import { carry } from './carry.ts';
import type { Splitter } from './splitter.ts';

const [lineFeed, carriageReturn] = [0x0a, 0x0d];
const nothing = Buffer.alloc(0);

/** One payload a line; empty lines are none. */
export function splitLines(payloadMax: number): Splitter {
  const kept = carry(payloadMax);
  return {
    *push(part) {
      let at = kept.size === 0 ? skipEmpty(part, 0) : 0;
      for (let end = part.indexOf(lineFeed, at); end >= 0; end = part.indexOf(lineFeed, at)) {
        const line = trim(kept.take(part.subarray(at, end)));
        at = skipEmpty(part, end + 1);
        if (line.length > 0) yield line;
      }
      kept.add(part.subarray(at));
    },
    *end() {
      const line = trim(kept.take(nothing));
      if (line.length > 0) yield line;
    },
  };
}

/** Empty lines compress a thousandfold, so that each must cost next to nothing. */
const skipEmpty = (part: Buffer, from: number): number => {
  let at = from;
  while (part[at] === lineFeed || part[at] === carriageReturn) at += 1;
  return at;
};

const trim = (line: Buffer): Buffer => (line.at(-1) === carriageReturn ? line.subarray(0, -1) : line);
