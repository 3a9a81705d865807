import { type Decoded, decoded, undecodable } from '@selvedge/kernel';

/** What OSCORE says in CBOR: whole numbers, byte strings, text, nil, and arrays of these. */
export type CborValue = number | Uint8Array | string | null | readonly CborValue[];

/**
 * The deterministic encoding (RFC 8949 §4.2.1): definite lengths, each head as short as it can be.
 *
 *   item = head content        head = major:3 argument:5 [u8 | u16 | u32 | u64]
 *   majors: 0 unsigned · 1 negative · 2 bytes · 3 text (UTF-8) · 4 array · 7 simple (22 is nil)
 */
export function encodeCbor(value: CborValue): Buffer {
  if (value === null) return Buffer.of(0xf6);
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (value instanceof Uint8Array) return Buffer.concat([head(2, value.length), value]);
  return Buffer.concat([head(4, value.length), ...value.map(encodeCbor)]);
}

/** Reads exactly what `encodeCbor` writes, one item and nothing behind it, at most `depthMax` arrays deep. */
export function decodeCbor(bytes: Uint8Array, depthMax = 4): Decoded<CborValue> {
  const item = readItem(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, depthMax);
  if (!item.ok) return item;
  if (item.value.end !== bytes.length) return undecodable(`${bytes.length - item.value.end} bytes follow the item`);
  return decoded(item.value.value);
}

function head(major: number, argument: number): Buffer {
  if (!Number.isSafeInteger(argument))
    throw new RangeError(`${argument} is not a whole number that CBOR is given here`);
  const first = major << 5;
  if (argument < 24) return Buffer.of(first | argument);
  if (argument < 0x100) return Buffer.of(first | 24, argument);
  if (argument < 0x10000) return Buffer.of(first | 25, argument >> 8, argument & 0xff);
  const long = argument < 0x1_0000_0000;
  const bytes = Buffer.alloc(long ? 5 : 9, first | (long ? 26 : 27));
  if (long) bytes.writeUInt32BE(argument, 1);
  else bytes.writeBigUInt64BE(BigInt(argument), 1);
  return bytes;
}

interface Read<Value> {
  readonly value: Value;
  readonly end: number;
}

/** The lowest argument that each longer head may carry; a lower one has a shorter head. */
const lowest = [24, 0x100, 0x10000, 0x1_0000_0000];

function readHead(bytes: Buffer, at: number): Decoded<Read<number>> {
  const short = bytes[at]! & 0x1f;
  if (short < 24) return decoded({ value: short, end: at + 1 });
  if (short > 27) return undecodable('the length of an item is reserved or indefinite');
  const size = 1 << (short - 24);
  if (at + 1 + size > bytes.length) return undecodable('the head of an item is cut short');
  const value = size === 8 ? Number(bytes.readBigUInt64BE(at + 1)) : bytes.readUIntBE(at + 1, size);
  if (!Number.isSafeInteger(value)) return undecodable('a number is larger than can be counted');
  if (value < lowest[short - 24]!) return undecodable('a head is longer than it needs to be');
  return decoded({ value, end: at + 1 + size });
}

function readItem(bytes: Buffer, at: number, depthMax: number): Decoded<Read<CborValue>> {
  if (at >= bytes.length) return undecodable('the item is cut short');
  const major = bytes[at]! >> 5;
  if (bytes[at] === 0xf6) return decoded({ value: null, end: at + 1 });
  const argument = readHead(bytes, at);
  if (!argument.ok) return argument;
  const { value, end } = argument.value;
  if (major === 0) return argument;
  if (major === 1) return decoded({ value: -1 - value, end });
  if (major === 4) return readArray(bytes, end, value, depthMax);
  if (major !== 2 && major !== 3) return undecodable(`major type ${major} is not used here`);
  if (end + value > bytes.length) return undecodable('a string is cut short');
  const content = bytes.subarray(end, end + value);
  if (major === 2) return decoded({ value: content, end: end + value });
  const text = content.toString();
  if (Buffer.compare(Buffer.from(text), content) !== 0) return undecodable('a text is not UTF-8');
  return decoded({ value: text, end: end + value });
}

function readArray(bytes: Buffer, at: number, count: number, depthMax: number): Decoded<Read<CborValue>> {
  if (depthMax === 0) return undecodable('the arrays are too deep');
  const items: CborValue[] = [];
  let end = at;
  while (items.length < count) {
    const item = readItem(bytes, end, depthMax - 1);
    if (!item.ok) return item;
    items.push(item.value.value);
    end = item.value.end;
  }
  return decoded({ value: items, end });
}
