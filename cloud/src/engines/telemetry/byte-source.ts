import type { Buffer } from 'node:buffer';

/** Reads what a `ByteSink` wrote. Every call throws a RangeError beyond the end, which the chunk's decoder catches. */
export interface ByteSource {
  byte(): number;
  varint(): number;
  double(): number;
  bytes(length: number): Buffer;
  /** Lets `read` look at the buffer from here on; what it gives ends at its `end`. */
  scan<Found extends { readonly end: number }>(read: (buffer: Buffer, at: number) => Found | undefined): Found;
  readonly left: number;
}

export function byteSource(buffer: Buffer): ByteSource {
  let at = 0;
  const take = (length: number): number => {
    if (!(length >= 0 && at + length <= buffer.length)) {
      throw new RangeError(`${length} bytes wanted at ${at} of ${buffer.length}`);
    }
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
        if (byte < 0x80) return value;
        if (scale > 2 ** 49) throw new RangeError('a number of more than 8 bytes');
      }
    },
    double: () => buffer.readDoubleLE(take(8)),
    bytes(length) {
      const start = take(length);
      return buffer.subarray(start, start + length);
    },
    scan(read) {
      const found = read(buffer, at);
      if (!found) throw new RangeError(`nothing readable at ${at}`);
      take(found.end - at);
      return found;
    },
    get left() {
      return buffer.length - at;
    },
  };
}
