import type { Buffer } from 'node:buffer';
import type { ReadingDraft } from '../reading-draft.ts';
import type { PayloadFailure } from './payload-failure.ts';

/** Adds one member at the top of the object. */
export type AddMember = (
  draft: ReadingDraft,
  name: string,
  value: number | boolean | string,
) => PayloadFailure | undefined;

/**
 * Reads what nearly all devices send, one flat object of ASCII names, plain numbers, switches and short texts, without
 * building text or object first: a third of a busy node's time goes there otherwise. Gives false for everything else,
 * right or wrong, and whoever can read all of JSON decides; the draft is good for nothing but `clearDraft` then.
 *
 *     object = "{" member *("," member) "}"     member = text ":" (number | text | "true" | "false")
 *     number = ["-"] ("0" | 1-9 *digit) ["." 1*digit], 15 digits at most       text = printable ASCII but `"` and `\`
 */
export function plainJson(add: AddMember): (draft: ReadingDraft, bytes: Buffer, start: number, end: number) => boolean {
  const texts = textMemory();
  let bytes: Buffer;
  let at = 0;
  let end = 0;
  /** What `readValue` has read. */
  let value: number | boolean | string = 0;

  const skipSpace = (): void => {
    while (at < end && isSpace(bytes[at]!)) at += 1;
  };

  /** Takes `byte` with the space around it. */
  const take = (byte: number): boolean => {
    if (at < end && isSpace(bytes[at]!)) skipSpace();
    if (at >= end || bytes[at] !== byte) return false;
    at += 1;
    if (at < end && isSpace(bytes[at]!)) skipSpace();
    return true;
  };

  /** Reads a text; undefined if it is not plain. */
  const readText = (): string | undefined => {
    if (at >= end || bytes[at] !== quote) return undefined;
    const from = at + 1;
    let hash = 0;
    for (let i = from; i < end; i++) {
      const byte = bytes[i]!;
      if (byte === quote) {
        at = i + 1;
        return texts(bytes, from, i, hash);
      }
      if (byte < 0x20 || byte > 0x7e || byte === backslash || i - from === textMax) return undefined;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    return undefined;
  };

  const readNumber = (): boolean => {
    const negative = bytes[at] === minus;
    if (negative) at += 1;
    const from = at;
    let digits = 0;
    let decimals = -1;
    for (; at < end; at++) {
      const byte = bytes[at]!;
      if (byte >= 0x30 && byte <= 0x39) {
        digits = digits * 10 + byte - 0x30;
        if (decimals >= 0) decimals += 1;
      } else if (byte === dot && decimals < 0 && at > from) decimals = 0;
      else break;
    }
    const length = at - from;
    // With 15 digits or fewer both are exact, so the one division rounds as the number itself would be rounded.
    if (length === 0 || length > 15 || decimals === 0) return false;
    if (bytes[from] === 0x30 && length > 1 && decimals !== length - 2) return false;
    const size = decimals > 0 ? digits / powers[decimals]! : digits;
    value = negative ? -size : size;
    return true;
  };

  const readWord = (word: string, meaning: boolean): boolean => {
    for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word.charCodeAt(i) || at + i >= end) return false;
    at += word.length;
    value = meaning;
    return true;
  };

  const readValue = (): boolean => {
    const byte = at < end ? bytes[at]! : 0;
    if (byte === quote) {
      const text = readText();
      if (text === undefined) return false;
      value = text;
      return true;
    }
    if (byte === 0x74) return readWord('true', true);
    if (byte === 0x66) return readWord('false', false);
    return readNumber();
  };

  return (draft, payload, from, to) => {
    bytes = payload;
    at = from;
    end = to;
    if (!take(0x7b)) return false;
    do {
      const name = readText();
      if (name === undefined || !take(colon) || !readValue() || add(draft, name, value)) return false;
    } while (take(comma));
    return take(0x7d) && at === end;
  };
}

const quote = 0x22;
const backslash = 0x5c;
const minus = 0x2d;
const dot = 0x2e;
const colon = 0x3a;
const comma = 0x2c;
const powers = Array.from({ length: 16 }, (_, digits) => 10 ** digits);

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

/** Texts up to this length are remembered. */
const textMax = 64;
const memorySlots = 1_024;

/** Gives the same few texts again and again without making them anew: one for each slot, the latest. */
function textMemory(): (bytes: Buffer, from: number, to: number, hash: number) => string {
  const known: (string | undefined)[] = Array.from({ length: memorySlots }, () => undefined);
  return (bytes, from, to, hash) => {
    const slot = (hash ^ (hash >>> 10) ^ (hash >>> 20)) & (memorySlots - 1);
    const text = known[slot];
    if (text !== undefined && text.length === to - from) {
      let i = 0;
      while (i < text.length && text.charCodeAt(i) === bytes[from + i]) i += 1;
      if (i === text.length) return text;
    }
    return (known[slot] = bytes.toString('latin1', from, to));
  };
}
