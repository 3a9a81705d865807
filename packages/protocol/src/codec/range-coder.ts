import type { ByteSink } from './byte-sink.ts';
import type { ByteSource } from './byte-source.ts';

/**
 * Binary adaptive arithmetic coding. A bit takes as much room as it surprises: each context keeps how likely its next bit
 * is a 1, and learns from it. The interval of 32 bits is narrowed bit by bit; carries run back into what is written.
 * After G. N. N. Martin, "Range encoding", 1979.
 */
export interface RangeWriter {
  begin(contexts: Contexts): void;
  /** Gives the bit back. */
  bit(context: number, bit: number): number;
  /** `count` bits, at most 16, that are all equally likely. */
  even(value: number, count: number): void;
  finish(into: ByteSink): void;
}

export interface RangeReader {
  /** The argument behind the context is not looked at; it is there so that a model can be written once. */
  bit(context: number, bit?: number): number;
  even(count: number): number;
}

/** How likely a 1 is in each context, in 65 536ths, and how often it was seen. */
export interface Contexts {
  chances: Uint16Array;
  seen: Uint8Array;
}

export const contexts = (count: number): Contexts => ({
  chances: new Uint16Array(count).fill(0x8000),
  seen: new Uint8Array(count),
});

/** Contexts are added for new columns. */
export function growContexts(all: Contexts, count: number): void {
  const grown = contexts(Math.max(count, all.chances.length * 2));
  grown.chances.set(all.chances);
  grown.seen.set(all.seen);
  all.chances = grown.chances;
  all.seen = grown.seen;
}

const top = 2 ** 24;
const full = 2 ** 32;

/** A context's share of each new bit: first all, at last this many of 65 536. */
const slowest = 200;
const shares = Uint16Array.from({ length: 256 }, (_, seen) => 65_536 / (Math.min(seen, slowest) + 1.6));
/** No bit is ever certain. */
const chanceMin = 48;
const chanceMax = 65_536 - chanceMin;

function learn(chances: Uint16Array, seen: Uint8Array, context: number, bit: number): void {
  const times = seen[context]!;
  const chance = chances[context]!;
  const share = shares[times]!;
  const next =
    bit === 1 ? chance + (((chanceMax - chance) * share) >>> 16) : chance - (((chance - chanceMin) * share) >>> 16);
  chances[context] = next;
  if (times < slowest) seen[context] = times + 1;
}

export function rangeWriter(): RangeWriter {
  /** The interval: its lower end and its size. */
  const span = new Uint32Array(2);
  let bytes = new Uint8Array(4_096);
  let end = 0;
  let all!: Contexts;

  const put = (): void => {
    if (end + 4 > bytes.length) {
      const larger = new Uint8Array(bytes.length * 2);
      larger.set(bytes);
      bytes = larger;
    }
    while (span[1]! < top) {
      bytes[end++] = span[0]! >>> 24;
      span[0] = span[0]! << 8;
      span[1] = span[1]! << 8;
    }
  };
  const carry = (): void => {
    let at = end - 1;
    while (bytes[at] === 255) bytes[at--] = 0;
    bytes[at]! += 1;
  };
  return {
    begin(own) {
      all = own;
      span[0] = 0;
      span[1] = full - 1;
      end = 0;
    },
    bit(context, bit) {
      const bound = (span[1]! >>> 16) * all.chances[context]!;
      if (bit === 1) span[1] = bound;
      else {
        const low = span[0]! + bound;
        if (low >= full) carry();
        span[0] = low;
        span[1] = span[1]! - bound;
      }
      learn(all.chances, all.seen, context, bit);
      if (span[1]! < top) put();
      return bit;
    },
    even(value, count) {
      const part = span[1]! >>> count;
      const low = span[0]! + part * value;
      if (low >= full) carry();
      span[0] = low;
      span[1] = part;
      if (part < top) put();
    },
    finish(into) {
      // The shortest number within the interval; the reader finds zeros behind the end.
      const high = span[0]! + span[1]!;
      for (let bits = 24; bits >= 0; bits -= 8) {
        const unit = 2 ** bits;
        const value = Math.ceil(span[0]! / unit) * unit;
        if (value >= high) continue;
        if (value >= full) carry();
        for (let at = 24; at >= bits; at -= 8) bytes[end++] = Math.floor(value / 2 ** at) & 0xff;
        break;
      }
      while (end > 0 && bytes[end - 1] === 0) end -= 1;
      into.bytes(bytes, 0, end);
    },
  };
}

/** Reads zeros behind the end. */
export function rangeReader(all: Contexts, source: ByteSource): RangeReader {
  const bytes = source.bytes(source.left);
  /** How far the number read is above the lower end of the interval, and the interval's size. */
  const span = new Uint32Array(2);
  let at = 0;
  span[1] = full - 1;
  for (let i = 0; i < 4; i++) span[0] = (span[0]! << 8) | (bytes[at++] ?? 0);

  const take = (): void => {
    while (span[1]! < top) {
      span[0] = (span[0]! << 8) | (at < bytes.length ? bytes[at]! : 0);
      at += 1;
      span[1] = span[1]! << 8;
    }
  };
  return {
    bit(context) {
      const bound = (span[1]! >>> 16) * all.chances[context]!;
      let bit = 0;
      if (span[0]! < bound) {
        span[1] = bound;
        bit = 1;
      } else {
        span[0] = span[0]! - bound;
        span[1] = span[1]! - bound;
      }
      learn(all.chances, all.seen, context, bit);
      if (span[1]! < top) take();
      return bit;
    },
    even(count) {
      const part = span[1]! >>> count;
      let value = Math.floor(span[0]! / part);
      if (value >= 1 << count) value = (1 << count) - 1;
      span[0] = span[0]! - value * part;
      span[1] = part;
      if (part < top) take();
      return value;
    },
  };
}
