import { Buffer } from 'node:buffer';

/** A buffer that grows while columns are written into it. Numbers are little endian. */
export interface ByteSink {
  byte(value: number): void;
  /** A whole number from 0 to 2^53 − 1 in groups of 7 bits, lowest first. */
  varint(value: number): void;
  double(value: number): void;
  bytes(value: Uint8Array): void;
  /** Room for `length` bytes, to be filled before the next call. */
  room(length: number): Uint8Array;
  /** What was written, as a view that the next `clear` gives up. */
  done(): Buffer;
  clear(): void;
}

export function byteSink(): ByteSink {
  let buffer = Buffer.allocUnsafe(16_384);
  let end = 0;
  const reserve = (length: number): void => {
    if (end + length <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, end + length));
    larger.set(buffer.subarray(0, end));
    buffer = larger;
  };
  return {
    byte(value) {
      reserve(1);
      buffer[end++] = value;
    },
    varint(value) {
      reserve(8);
      let rest = value;
      for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) buffer[end++] = (rest % 0x80) | 0x80;
      buffer[end++] = rest;
    },
    double(value) {
      reserve(8);
      end = buffer.writeDoubleLE(value, end);
    },
    bytes(value) {
      reserve(value.length);
      buffer.set(value, end);
      end += value.length;
    },
    room(length) {
      reserve(length);
      end += length;
      return buffer.subarray(end - length, end);
    },
    done: () => buffer.subarray(0, end),
    clear() {
      end = 0;
    },
  };
}
