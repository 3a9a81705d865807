import { Buffer } from 'node:buffer';

/** Reads what a `ByteSink` wrote. Every call throws a RangeError beyond the end. */
export interface ByteSource {
  byte(): number;
  varint(): number;
  bytes(length: number): Buffer;
  /** Copies `length` bytes to `at` of `into`. */
  copy(into: Uint8Array, at: number, length: number): void;
  readonly left: number;
}

export function byteSource(bytes: Uint8Array): ByteSource {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (length: number): number => {
    if (!(length >= 0 && at + length <= buffer.length))
      throw new RangeError(`${length} bytes wanted at ${at} of ${buffer.length}`);
    at += length;
    return at - length;
  };
  return {
    byte: () => buffer[take(1)]!,
    varint() {
      let value = 0;
      for (let scale = 1; ; scale *= 0x80) {
        const byte = buffer[take(1)]!;
        value += (byte & 0x7f) * scale;
        if (byte < 0x80) break;
        if (scale > 2 ** 49) throw new RangeError('a number of more than 8 bytes');
      }
      if (value > Number.MAX_SAFE_INTEGER) throw new RangeError('a number beyond 2^53');
      return value;
    },
    bytes(length) {
      const start = take(length);
      return buffer.subarray(start, start + length);
    },
    copy(into, place, length) {
      const start = take(length);
      for (let i = 0; i < length; i++) into[place + i] = buffer[start + i]!;
    },
    get left() {
      return buffer.length - at;
    },
  };
}
