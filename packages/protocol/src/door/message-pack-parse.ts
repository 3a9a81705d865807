import type { Buffer } from 'node:buffer';
import { type PayloadFailure, unfit } from './payload-failure.ts';
import { readUtf8 } from './utf8.ts';

/** Deeper items are refused: the reader calls itself once a level. */
const depthMax = 16;

/**
 * Reads the one MessagePack item that fills `bytes[start, end)` as JSON would have given it, objects without a
 * prototype; or gives a failure to return as it is. Big endian.
 *
 *   00…7f whole number · 80…8f map of n · 90…9f list of n · a0…bf text of n bytes · c0 nothing · c2 false · c3 true
 *   c4 c5 c6 bytes · c7 c8 c9 extension, length u8 u16 u32 · ca f32 · cb f64 · cc cd ce cf u8…u64 · d0 d1 d2 d3 i8…i64
 *   d4…d8 extension of 1, 2, 4, 8, 16 bytes · d9 da db text · dc dd list · de df map · e0…ff −32…−1
 *
 * Strict: no byte may follow, no key may come twice, and a length is believed only up to the bytes that are there. A
 * timestamp (extension −1) becomes text in ISO 8601; other extensions and bytes say nothing that a reading can keep.
 */
export function parseMessagePack(
  bytes: Buffer,
  start: number,
  end: number,
): { readonly value: unknown } | PayloadFailure {
  const reader: Reader = { bytes, at: start, end, failure: undefined };
  const value = readItem(reader, 1);
  if (!reader.failure && reader.at < end) malformed(reader, `${end - reader.at} bytes follow the item`);
  return reader.failure ?? { value };
}

interface Reader {
  readonly bytes: Buffer;
  at: number;
  readonly end: number;
  /** The first that was found; what was read since means nothing. */
  failure: PayloadFailure | undefined;
}

function readItem(reader: Reader, depth: number): unknown {
  if (depth > depthMax) return refuse(reader, unfit('too-deep', `nested deeper than ${depthMax} levels`));
  const head = take(reader, 1);
  if (head < 0) return undefined;
  const type = reader.bytes[head]!;
  if (type < 0x80) return type;
  if (type < 0x90) return readMap(reader, type & 15, depth);
  if (type < 0xa0) return readList(reader, type & 15, depth);
  if (type < 0xc0) return readText(reader, type & 31);
  if (type >= 0xe0) return type - 256;
  if (type === 0xc0) return null;
  if (type === 0xc1) return malformed(reader, 'the byte c1 is never used');
  if (type < 0xc4) return type === 0xc3;
  if (type < 0xc7) return readBytes(reader, readLength(reader, type - 0xc4));
  if (type < 0xca) return readExtension(reader, readLength(reader, type - 0xc7));
  if (type < 0xcc) return readFloat(reader, type === 0xca ? 4 : 8);
  if (type < 0xd4) return readWhole(reader, 1 << (type & 3), type >= 0xd0);
  if (type < 0xd9) return readExtension(reader, 1 << (type - 0xd4));
  if (type < 0xdc) return readText(reader, readLength(reader, type - 0xd9));
  if (type < 0xde) return readList(reader, readLength(reader, type - 0xdb), depth);
  return readMap(reader, readLength(reader, type - 0xdd), depth);
}

/** Where `size` bytes begin that are now taken, or −1. */
function take(reader: Reader, size: number): number {
  const { at, end } = reader;
  if (size > end - at) {
    malformed(reader, `${size} bytes are announced where ${end - at} are left`);
    return -1;
  }
  reader.at = at + size;
  return at;
}

/** A length of 1, 2 or 4 bytes. */
function readLength(reader: Reader, width: number): number {
  const at = take(reader, 1 << width);
  return at < 0 ? 0 : reader.bytes.readUIntBE(at, 1 << width);
}

function readText(reader: Reader, size: number): string | undefined {
  const at = take(reader, size);
  if (at < 0) return undefined;
  const text = readUtf8(reader.bytes, at, at + size);
  if (text === undefined) refuse(reader, unfit('payload-not-utf8', `a text of ${size} bytes that are not UTF-8`));
  return text;
}

function readBytes(reader: Reader, size: number): undefined {
  if (take(reader, size) >= 0) refuse(reader, unfit('value-unsupported', `${size} bytes are no value`));
}

function readFloat(reader: Reader, size: 4 | 8): number | undefined {
  const at = take(reader, size);
  if (at < 0) return undefined;
  return size === 4 ? reader.bytes.readFloatBE(at) : reader.bytes.readDoubleBE(at);
}

function readWhole(reader: Reader, size: number, isSigned: boolean): number | undefined {
  const at = take(reader, size);
  if (at < 0) return undefined;
  const { bytes } = reader;
  if (size < 8) return isSigned ? bytes.readIntBE(at, size) : bytes.readUIntBE(at, size);
  const big = isSigned ? bytes.readBigInt64BE(at) : bytes.readBigUInt64BE(at);
  if (Number.isSafeInteger(Number(big))) return Number(big);
  return refuse(reader, unfit('value-not-exact', `${big} is beyond 2^53`));
}

function readList(reader: Reader, count: number, depth: number): readonly unknown[] {
  const list: unknown[] = [];
  if (count > reader.end - reader.at)
    malformed(reader, `a list of ${count} where ${reader.end - reader.at} bytes are left`);
  while (!reader.failure && list.length < count) list.push(readItem(reader, depth + 1));
  return list;
}

function readMap(reader: Reader, count: number, depth: number): object {
  const map: Record<string, unknown> = Object.create(null);
  if (count > (reader.end - reader.at) / 2)
    malformed(reader, `a map of ${count} where ${reader.end - reader.at} bytes are left`);
  for (let left = count; left > 0 && !reader.failure; left--) {
    const key = readItem(reader, depth + 1);
    if (reader.failure) break;
    if (typeof key !== 'string' && typeof key !== 'number') {
      refuse(reader, unfit('message-pack-unsupported', 'a key that is neither text nor number'));
      break;
    }
    const name = String(key);
    if (name in map) refuse(reader, unfit('name-doubled', `a map has the key ${name.slice(0, 64)} twice`));
    else map[name] = readItem(reader, depth + 1);
  }
  return map;
}

/** Of all extensions only the timestamp is known: seconds since 1970, with nanoseconds. */
function readExtension(reader: Reader, size: number): string | undefined {
  const kindAt = take(reader, 1);
  const at = take(reader, size);
  if (kindAt < 0 || at < 0) return undefined;
  const kind = reader.bytes.readInt8(kindAt);
  if (kind !== -1) return refuse(reader, unfit('message-pack-unsupported', `extension ${kind} is not understood`));
  const milliseconds = readTimestamp(reader.bytes, at, size);
  const time = new Date(milliseconds);
  if (!Number.isNaN(time.getTime())) return time.toISOString();
  return refuse(reader, unfit('time-unreadable', `a timestamp of ${size} bytes is not a time`));
}

function readTimestamp(bytes: Buffer, at: number, size: number): number {
  if (size === 4) return bytes.readUInt32BE(at) * 1_000;
  if (size === 8) {
    const high = bytes.readUInt32BE(at);
    const nanoseconds = Math.floor(high / 4);
    return ((high % 4) * 2 ** 32 + bytes.readUInt32BE(at + 4)) * 1_000 + Math.round(nanoseconds / 1e6);
  }
  if (size !== 12) return Number.NaN;
  return Number(bytes.readBigInt64BE(at + 4)) * 1_000 + Math.round(bytes.readUInt32BE(at) / 1e6);
}

function refuse(reader: Reader, failure: PayloadFailure): undefined {
  reader.failure ??= failure;
}

const malformed = (reader: Reader, why: string): undefined => refuse(reader, unfit('payload-not-message-pack', why));
