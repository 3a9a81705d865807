import { varintMax } from './reader.ts';

/** Bytes a variable byte integer takes: 1 … 4. */
export const varintSize = (value: number): number =>
  value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x20_0000 ? 3 : 4;

/** Writes `value` at `at` and gives the place behind it. */
export function writeVarint(into: Buffer, at: number, value: number): number {
  let rest = value;
  while (rest >= 0x80) {
    into[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  into[at++] = rest;
  return at;
}

export function varint(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(varintSize(value));
  writeVarint(bytes, 0, value);
  return bytes;
}

export const u16 = (value: number): Buffer => Buffer.of(value >>> 8, value & 0xff);

export function u32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A string or binary field: its length in two bytes, then itself. */
export function field(value: string | Uint8Array): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
  return Buffer.concat([u16(bytes.length), bytes]);
}

/** A whole packet of the rare kinds; PUBLISH and its acknowledgements are written in place. */
export function packet(first: number, ...parts: readonly Uint8Array[]): Buffer {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length > varintMax) throw new RangeError(`a packet body of ${length} bytes is longer than MQTT allows`);
  return Buffer.concat([Buffer.of(first), varint(length), ...parts]);
}
