import { Buffer } from 'node:buffer';
import { carry } from './carry.ts';
import type { Splitter } from './splitter.ts';

const nothing = Buffer.alloc(0);

/** The whole body is one payload. */
export function keepWhole(payloadMax: number): Splitter {
  const kept = carry(payloadMax);
  return {
    push(part) {
      kept.add(part);
      return [];
    },
    end: () => [kept.take(nothing)],
  };
}
