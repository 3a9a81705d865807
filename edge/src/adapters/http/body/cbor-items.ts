import { Buffer } from 'node:buffer';
import { carry } from './carry.ts';
import { cborScanner } from './cbor-scanner.ts';
import type { Splitter } from './splitter.ts';

const nothing = Buffer.alloc(0);
const breakByte = 0xff;
const listMajor = 4;

/** One item of CBOR or a list of which each item is a payload; or a sequence (RFC 8742), of which each item is one. */
export function splitCbor(payloadMax: number, form: 'item or list' | 'sequence'): Splitter {
  const kept = carry(payloadMax);
  const scanner = cborScanner();
  let place: 'before' | 'items' | 'whole' = form === 'sequence' ? 'items' : 'before';
  /** Items of the list that are still to come. */
  let left = form === 'sequence' ? Number.POSITIVE_INFINITY : 0;
  let isOver = form === 'sequence';

  /** Reads the head of the list, once it is whole: gives where its items begin, or -1. */
  const begin = (bytes: Buffer): number => {
    const [byte] = bytes;
    if (byte === undefined) return -1;
    const info = byte & 31;
    if (byte >> 5 !== listMajor || (info > 27 && info < 31)) {
      place = 'whole';
      return 0;
    }
    const length = info < 24 || info === 31 ? 0 : 2 ** (info - 24);
    if (bytes.length < 1 + length) return -1;
    place = 'items';
    left = info < 24 ? info : info === 31 ? Number.POSITIVE_INFINITY : numberIn(bytes.subarray(1, 1 + length));
    isOver = left === 0;
    return 1 + length;
  };

  return {
    *push(part) {
      let bytes = part;
      let at = 0;
      if (place === 'before') {
        bytes = kept.take(part);
        at = begin(bytes);
        if (at < 0) return kept.add(bytes);
      }
      while (at < bytes.length && place === 'items' && left > 0) {
        if (form !== 'sequence' && left === Number.POSITIVE_INFINITY && kept.size === 0 && bytes[at] === breakByte) {
          [left, isOver] = [0, true];
          at += 1;
          break;
        }
        const end = scanner.endOfItem(bytes, at);
        if (end < 0) return kept.add(bytes.subarray(at));
        const item = kept.take(bytes.subarray(at, end));
        at = end;
        left -= 1;
        isOver ||= left === 0;
        yield item;
      }
      if (at < bytes.length) kept.add(bytes.subarray(at));
    },
    *end() {
      // A list that does not end lacks something; so does a body without an item.
      if (!isOver || kept.size > 0) yield kept.take(nothing);
    },
  };
}

const numberIn = (bytes: Buffer): number => bytes.reduce((sum, byte) => sum * 256 + byte, 0);
