import type { Buffer } from 'node:buffer';
import { type PayloadFailure, unfit } from '../payload-failure.ts';

/** One field of a protobuf message. */
export interface Field {
  readonly number: number;
  /** 0 varint, 1 eight bytes, 2 of a length, 5 four bytes. */
  readonly wire: number;
  /** The value of wire types 0, 1 and 5: its lower and upper 32 bits, without sign. */
  readonly low: number;
  readonly high: number;
  /** Where the content of wire type 2 lies. */
  readonly start: number;
  readonly end: number;
}

type MutableField = { -readonly [Name in keyof Field]: Field[Name] };

export const wire = { varint: 0, eightBytes: 1, length: 2, fourBytes: 5 } as const;

/**
 * Visits the fields of the protobuf message in `bytes[start, end)` in their order, until a visit gives a failure. The field
 * is valid during the visit only.
 *
 *   message = field*
 *   field   = tag:varint content        tag = number << 3 | wire type
 *   varint  = (1 bits:u7)* 0 bits:u7    lowest bits first, 64 at most
 *
 * Groups (wire types 3 and 4) have gone out of use before Sparkplug came, and are refused.
 */
export function eachField(
  bytes: Buffer,
  start: number,
  end: number,
  visit: (field: Field) => PayloadFailure | undefined,
): PayloadFailure | undefined {
  const field: MutableField = { number: 0, wire: 0, low: 0, high: 0, start: 0, end: 0 };
  for (let at = start; at < end; ) {
    at = readVarint(field, bytes, at, end);
    if (at < 0 || field.high !== 0) return malformed('a tag is no number of 32 bits');
    field.wire = field.low & 7;
    field.number = field.low >>> 3;
    if (field.number === 0) return malformed('a field has the number 0');
    at = readContent(field, bytes, at, end);
    if (at < 0) return malformed(`the bytes end within field ${field.number}, or it has no wire type`);
    const failure = visit(field);
    if (failure) return failure;
  }
  return undefined;
}

const malformed = (why: string): PayloadFailure => unfit('payload-not-sparkplug', why);

/** Gives the place behind the content, or -1. */
function readContent(field: MutableField, bytes: Buffer, at: number, end: number): number {
  switch (field.wire) {
    case wire.varint:
      return readVarint(field, bytes, at, end);
    case wire.eightBytes:
      if (end - at < 8) return -1;
      field.low = bytes.readUInt32LE(at);
      field.high = bytes.readUInt32LE(at + 4);
      return at + 8;
    case wire.fourBytes:
      if (end - at < 4) return -1;
      field.low = bytes.readUInt32LE(at);
      field.high = 0;
      return at + 4;
    case wire.length:
      at = readVarint(field, bytes, at, end);
      if (at < 0 || field.high !== 0 || field.low > end - at) return -1;
      field.start = at;
      return (field.end = at + field.low);
    default:
      return -1;
  }
}

/** Gives the place behind it, or -1 when the bytes end or it says more than 64 bits. */
function readVarint(field: MutableField, bytes: Buffer, at: number, end: number): number {
  let low = 0;
  let high = 0;
  for (let shift = 0; shift < 70 && at < end; shift += 7) {
    const byte = bytes[at++]!;
    const bits = byte & 0x7f;
    if (shift === 63 && bits > 1) return -1;
    if (shift < 32) low |= bits << shift;
    if (shift === 28) high |= bits >>> 4;
    if (shift > 28) high |= bits << (shift - 32);
    if (byte < 0x80) {
      field.low = low >>> 0;
      field.high = high >>> 0;
      return at;
    }
  }
  return -1;
}
