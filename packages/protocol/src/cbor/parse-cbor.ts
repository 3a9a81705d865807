/// <reference lib="esnext.float16" />
import type { Buffer } from 'node:buffer';
import { type PayloadFailure, unfit } from '../door/payload-failure.ts';
import { readUtf8 } from '../door/utf8.ts';
import type { CborMap, CborValue } from './cbor-value.ts';

/** Deeper items are refused, tags counted: the reader calls itself once a level. */
const depthMax = 16;

/**
 * Reads the one CBOR item (RFC 8949) that fills `bytes[start, end)`, or gives a failure to return as it is.
 *
 *   item     = head content
 *   head     = major:u3 info:u5 [argument: u8 when info is 24, u16 at 25, u32 at 26, u64 at 27; 28 to 30 are none]
 *   major    0 whole number · 1 -1 - argument · 2 bytes · 3 UTF-8 · 4 list · 5 map · 6 tag · 7 simple value or float
 *   info 31  the length is open: majors 2 to 5 end at the byte ff; 2 and 3 consist of chunks of their own major
 *
 * Strict: no byte may follow, no key may come twice, and a length is believed only up to the bytes that are there, so
 * that a small payload allocates little. Lengths and numbers may be longer than they had to be, as section 4 allows.
 */
export function parseCbor(bytes: Buffer, start: number, end: number): { readonly value: CborValue } | PayloadFailure {
  const reader: Reader = { bytes, at: start, end, major: 0, info: 0, argument: 0, failure: undefined };
  const value = readItem(reader, 1);
  if (!reader.failure && reader.at < end) malformed(reader, `${end - reader.at} bytes follow the item`);
  return reader.failure ?? { value };
}

interface Reader {
  readonly bytes: Buffer;
  at: number;
  readonly end: number;
  /** Of the head that was read last. */
  major: number;
  info: number;
  argument: number | bigint;
  /** The first that was found; what was read since means nothing. */
  failure: PayloadFailure | undefined;
}

const openLength = 31;
const breakByte = 0xff;

function readItem(reader: Reader, depth: number): CborValue {
  if (depth > depthMax) return refuse(reader, unfit('too-deep', `nested deeper than ${depthMax} levels`));
  if (!readHead(reader)) return undefined;
  const { major, info, argument } = reader;
  if (info === openLength && (major < 2 || major > 5))
    return malformed(reader, major === 7 ? 'an end of nothing' : `an open length in major type ${major}`);
  switch (major) {
    case 0:
      return argument;
    case 1:
      return negative(argument);
    case 2:
      return info === openLength ? readChunks(reader, 2, readBytes, joinBytes) : readBytes(reader);
    case 3:
      return info === openLength ? readChunks(reader, 3, readText, joinText) : readText(reader);
    case 4:
      return readList(reader, depth);
    case 5:
      return readMap(reader, depth);
    case 6:
      return { tag: argument, value: readItem(reader, depth + 1) };
    default:
      return readSimple(reader);
  }
}

/** False when there is none. An argument beyond 2^53 is a bigint. */
function readHead(reader: Reader): boolean {
  const { bytes, at, end } = reader;
  if (at >= end) return lacks(reader);
  const initial = bytes[at]!;
  const info = (reader.info = initial & 0x1f);
  reader.major = initial >> 5;
  const size = info < 24 || info === openLength ? 0 : 2 ** (info - 24);
  if (size > 8) {
    malformed(reader, `additional information ${info} means nothing`);
    return false;
  }
  if (end - at <= size) return lacks(reader);
  reader.at = at + 1 + size;
  if (size === 0) reader.argument = info;
  else if (size < 8) reader.argument = bytes.readUIntBE(at + 1, size);
  else {
    const big = bytes.readBigUInt64BE(at + 1);
    reader.argument = big <= Number.MAX_SAFE_INTEGER ? Number(big) : big;
  }
  return true;
}

function negative(argument: number | bigint): number | bigint {
  if (typeof argument === 'number' && argument < Number.MAX_SAFE_INTEGER) return -1 - argument;
  return -1n - BigInt(argument);
}

/** The bytes that the last head announced, where they lie. */
function take(reader: Reader): Buffer | undefined {
  const { at, end, argument } = reader;
  if (argument > end - at) return refuse(reader, shortOf(reader));
  reader.at = at + Number(argument);
  return reader.bytes.subarray(at, reader.at);
}

const readBytes = (reader: Reader): Uint8Array | undefined => {
  const found = take(reader);
  return found && new Uint8Array(found);
};

const readText = (reader: Reader): string | undefined => {
  const found = take(reader);
  if (!found) return undefined;
  const text = readUtf8(found, 0, found.length);
  if (text === undefined)
    return refuse(reader, unfit('payload-not-utf8', `a text of ${found.length} bytes that are not UTF-8`));
  return text;
};

const joinText = (chunks: readonly string[]): string => chunks.join('');

function joinBytes(chunks: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    joined.set(chunk, at);
    at += chunk.length;
  }
  return joined;
}

function readChunks<Chunk>(
  reader: Reader,
  major: number,
  readChunk: (reader: Reader) => Chunk | undefined,
  join: (chunks: readonly Chunk[]) => Chunk,
): Chunk | undefined {
  const chunks: Chunk[] = [];
  while (!atBreak(reader)) {
    if (!readHead(reader)) return undefined;
    if (reader.major !== major || reader.info === openLength) return malformed(reader, 'a chunk of another kind');
    const chunk = readChunk(reader);
    if (chunk === undefined) return undefined;
    chunks.push(chunk);
  }
  return reader.failure ? undefined : join(chunks);
}

function readList(reader: Reader, depth: number): CborValue {
  const list: CborValue[] = [];
  const { argument, info } = reader;
  if (info !== openLength && argument > reader.end - reader.at) return refuse(reader, shortOf(reader));
  while (info === openLength ? !atBreak(reader) : list.length < Number(argument)) {
    list.push(readItem(reader, depth + 1));
    if (reader.failure) return undefined;
  }
  return list;
}

function readMap(reader: Reader, depth: number): CborMap | undefined {
  const map = new Map<string | number, CborValue>();
  const { argument, info } = reader;
  if (info !== openLength && argument > (reader.end - reader.at) / 2) return refuse(reader, shortOf(reader));
  while (info === openLength ? !atBreak(reader) : map.size < Number(argument)) {
    const key = readItem(reader, depth + 1);
    if (reader.failure) return undefined;
    if (typeof key !== 'string' && !Number.isSafeInteger(key))
      return refuse(reader, unfit('cbor-unsupported', 'a key that is neither text nor a whole number'));
    if (map.has(key as string | number))
      return refuse(reader, unfit('name-doubled', `a map has the key ${String(key).slice(0, 64)} twice`));
    map.set(key as string | number, readItem(reader, depth + 1));
    if (reader.failure) return undefined;
  }
  return map;
}

/** Whether the open list, map or text ends here; the end is taken. Running out of bytes ends it too, as a failure. */
function atBreak(reader: Reader): boolean {
  if (reader.failure) return true;
  if (reader.at >= reader.end) return !lacks(reader);
  if (reader.bytes[reader.at] !== breakByte) return false;
  reader.at += 1;
  return true;
}

function readSimple(reader: Reader): CborValue {
  const { bytes, at, info, argument } = reader;
  if (info === 25) return new DataView(bytes.buffer, bytes.byteOffset + at - 2, 2).getFloat16(0);
  if (info === 26) return bytes.readFloatBE(at - 4);
  if (info === 27) return bytes.readDoubleBE(at - 8);
  if (info === 20 || info === 21) return info === 21;
  if (info === 22) return null;
  if (info === 23) return undefined;
  if (info === 24 && argument < 32) return malformed(reader, `simple value ${argument} in two bytes`);
  return refuse(reader, unfit('cbor-unsupported', `simple value ${argument} means nothing`));
}

function refuse(reader: Reader, failure: PayloadFailure): undefined {
  reader.failure ??= failure;
  return undefined;
}

const malformed = (reader: Reader, why: string): undefined => refuse(reader, unfit('payload-not-cbor', why));

const shortOf = ({ argument, end, at }: Reader): PayloadFailure =>
  unfit('payload-not-cbor', `${argument} are announced where ${end - at} bytes are left`);

function lacks(reader: Reader): false {
  malformed(reader, 'the bytes end within an item');
  return false;
}
