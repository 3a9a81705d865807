import { Buffer } from 'node:buffer';

/** A buffer that grows while it is written. */
export interface ByteSink {
  byte(value: number): void;
  /** A whole number from 0 to 2^53 − 1 in groups of 7 bits, lowest first. */
  varint(value: number): void;
  bytes(value: Uint8Array, start?: number, end?: number): void;
  /** What was written, as a view that the next `clear` gives up. */
  done(): Buffer;
  clear(): void;
  readonly length: number;
}

export function byteSink(initial = 256): ByteSink {
  let buffer = Buffer.allocUnsafe(initial);
  let end = 0;
  const reserve = (length: number): void => {
    if (end + length <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, end + length));
    buffer.copy(larger, 0, 0, end);
    buffer = larger;
  };
  return {
    byte(value) {
      if (end === buffer.length) reserve(1);
      buffer[end++] = value;
    },
    varint(value) {
      if (end + 8 > buffer.length) reserve(8);
      let rest = value;
      for (; rest >= 0x8000_0000; rest = Math.floor(rest / 0x80)) buffer[end++] = (rest % 0x80) | 0x80;
      for (; rest >= 0x80; rest >>>= 7) buffer[end++] = rest | 0x80;
      buffer[end++] = rest;
    },
    bytes(value, from = 0, to = value.length) {
      reserve(to - from);
      for (let i = from; i < to; i++) buffer[end++] = value[i]!;
    },
    done: () => buffer.subarray(0, end),
    clear() {
      end = 0;
    },
    get length() {
      return end;
    },
  };
}
