import type { Random } from '@selvedge/kernel';
import { oneOf, whole } from '../../cast/chance.ts';

/** Longer inputs are cut: a mutation may double, and mutations add up. */
const sizeMax = 40_000;

/** The bytes with one change that knows nothing of their meaning. */
export function mutateBytes(from: Buffer, random: Random, words: readonly Buffer[]): Buffer {
  if (from.length === 0) return oneOf(random, words);
  const at = whole(random, 0, from.length - 1);
  const end = Math.min(from.length, at + whole(random, 1, 8));
  switch (whole(random, 0, 7)) {
    case 0: {
      const copy = Buffer.from(from);
      copy[at] = copy[at]! ^ (1 << whole(random, 0, 7));
      return copy;
    }
    case 1: {
      const copy = Buffer.from(from);
      copy[at] = oneOf(random, [0, 1, 0x7f, 0x80, 0xff, whole(random, 0, 255)]);
      return copy;
    }
    case 2:
      return from.subarray(0, at);
    case 3:
      return splice(from, at, end, Buffer.alloc(0));
    case 4:
      return splice(from, at, at, from.subarray(at, end));
    case 5:
      return splice(from, at, at, oneOf(random, words));
    case 6:
      return splice(from, at, end, oneOf(random, words));
    default:
      return splice(
        from,
        at,
        at,
        Buffer.from(Array.from({ length: whole(random, 1, 6) }, () => whole(random, 0, 255))),
      );
  }
}

/** The first part of one and the last part of the other. */
export function crossBytes(one: Buffer, other: Buffer, random: Random): Buffer {
  const head = one.subarray(0, whole(random, 0, one.length));
  return Buffer.concat([head, other.subarray(whole(random, 0, other.length))]).subarray(0, sizeMax);
}

const splice = (from: Buffer, start: number, end: number, between: Buffer): Buffer =>
  Buffer.concat([from.subarray(0, start), between, from.subarray(end)]).subarray(0, sizeMax);
