import { Buffer } from 'node:buffer';
import { carry } from './carry.ts';
import type { Splitter } from './splitter.ts';

const code = (text: string): number => text.charCodeAt(0);
const [quote, backslash, comma] = [code('"'), code('\\'), code(',')];
const [open, close, openBrace, closeBrace] = [code('['), code(']'), code('{'), code('}')];
const nothing = Buffer.alloc(0);

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** One JSON value, or a list of which each item is a payload. Looks at brackets, quotes and commas only. */
export function splitJson(payloadMax: number): Splitter {
  const kept = carry(payloadMax);
  let place: 'before' | 'list' | 'after' | 'whole' = 'before';
  let depth = 0;
  let isText = false;
  let isEscaped = false;
  /** The list has an item, or a comma promises one. */
  let isItem = false;

  /** Where the item that goes on at `from` ends, at a comma or the list's bracket; the length of the part if further on. */
  const endOfItem = (part: Buffer, from: number): number => {
    for (let at = from; at < part.length; at++) {
      const byte = part[at]!;
      if (isText) {
        if (isEscaped) isEscaped = false;
        else if (byte === backslash) isEscaped = true;
        else if (byte === quote) isText = false;
      } else if (byte === quote) isText = true;
      else if (byte === open || byte === openBrace) depth += 1;
      else if (depth > 0) depth -= byte === close || byte === closeBrace ? 1 : 0;
      else if (byte === comma || byte === close) return at;
    }
    return part.length;
  };

  const skipSpace = (part: Buffer, from: number): number => {
    let at = from;
    while (at < part.length && isSpace(part[at]!)) at += 1;
    return at;
  };

  const begin = (part: Buffer): number => {
    const at = skipSpace(part, 0);
    if (at === part.length) return at;
    place = part[at] === open ? 'list' : 'whole';
    return place === 'list' ? at + 1 : at;
  };

  return {
    *push(part) {
      let at = place === 'before' ? begin(part) : 0;
      while (at < part.length && place === 'list') {
        if (kept.size === 0) at = skipSpace(part, at);
        const end = endOfItem(part, at);
        const piece = part.subarray(at, end);
        at = end + 1;
        if (end === part.length) kept.add(piece);
        else {
          const isLast = part[end] === close;
          // An empty list has no item; `[1,]` has one that is nothing.
          if (!isLast || isItem || kept.size + piece.length > 0) yield kept.take(piece);
          isItem = !isLast;
          if (isLast) place = 'after';
        }
      }
      if (place === 'after' && kept.size === 0) at = skipSpace(part, at);
      if (at < part.length) kept.add(part.subarray(at));
    },
    *end() {
      // A list that does not end lacks something; so does a body without a value.
      const isCut = place === 'list' || place === 'before';
      if (place === 'whole' || isCut || kept.size > 0) yield kept.take(nothing);
    },
  };
}
