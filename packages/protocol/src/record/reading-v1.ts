import type { Buffer } from 'node:buffer';
import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import type { Reading, Value } from '../reading.ts';
import { type Shape, valueKind } from '../shape.ts';
import { recordKind } from './kind.ts';

/**
 * Reading record, version 1. Little endian. One reading has exactly one encoding, so both sides of a link can compare
 * digests of what they hold.
 *
 *   reading  = kind:u8(=1) version:u8(=1) flags:u8 quality:u8 device:str8 takenAt:f64 receivedAt:f64
 *              [boot:u32 seq:f64]            present when flags bit 0 is set
 *              shape value*
 *   shape    = count:u8 (valueKind:u8 name:str8)*
 *   value    = f64 | u8 (0 or 1) | length:u16 utf8*length      by valueKind 0, 1, 2
 *   str8     = length:u8 utf8*length
 */
export interface ReadingFields {
  /** The device id in UTF-8, at most 255 bytes. */
  readonly deviceUtf8: Uint8Array;
  readonly shape: Shape;
  readonly values: readonly Value[];
  readonly takenAt: number;
  readonly receivedAt: number;
  /** Negative when the device does not number its readings. */
  readonly boot: number;
  readonly seq: number;
  readonly quality: number;
}

const named = 1;

/** Bytes that `writeReading` needs at most for these fields. */
export function readingSizeMax(fields: ReadingFields): number {
  let size = 4 + 1 + fields.deviceUtf8.length + 16 + 12 + fields.shape.bytes.length;
  for (let i = 0; i < fields.shape.kinds.length; i++) {
    size += fields.shape.kinds[i] === valueKind.text ? 2 + 3 * (fields.values[i] as string).length : 8;
  }
  return size;
}

/** Writes the record at `at`, which has `readingSizeMax` bytes of room; gives its length. */
export function writeReading(into: Buffer, at: number, fields: ReadingFields): number {
  const { deviceUtf8, shape, values } = fields;
  const isNamed = fields.boot >= 0;
  let end = at;
  into[end++] = recordKind.reading;
  into[end++] = 1;
  into[end++] = isNamed ? named : 0;
  into[end++] = fields.quality;
  into[end++] = deviceUtf8.length;
  into.set(deviceUtf8, end);
  end += deviceUtf8.length;
  end = into.writeDoubleLE(fields.takenAt, end);
  end = into.writeDoubleLE(fields.receivedAt, end);
  if (isNamed) {
    end = into.writeUInt32LE(fields.boot, end);
    end = into.writeDoubleLE(fields.seq, end);
  }
  into.set(shape.bytes, end);
  end += shape.bytes.length;
  for (let i = 0; i < shape.kinds.length; i++) {
    const value = values[i]!;
    if (typeof value === 'number') end = into.writeDoubleLE(value, end);
    else if (typeof value === 'boolean') into[end++] = value ? 1 : 0;
    else {
      const length = into.write(value, end + 2, 'utf8');
      into.writeUInt16LE(length, end);
      end += 2 + length;
    }
  }
  return end - at;
}

/** Reads one record that lies in `bytes` from `start` to `end`. */
export function readReading(bytes: Buffer, start = 0, end = bytes.length): Decoded<Reading> {
  try {
    return parse(bytes, start, end);
  } catch (cause) {
    if (cause instanceof RangeError) return undecodable(`the record ends within its fields, at ${end - start} bytes`);
    throw cause;
  }
}

function parse(bytes: Buffer, start: number, end: number): Decoded<Reading> {
  if (bytes[start] !== recordKind.reading) return undecodable(`kind ${bytes[start]} is not a reading`);
  if (bytes[start + 1] !== 1) return undecodable(`version ${bytes[start + 1]} is unknown`);
  const isNamed = (bytes[start + 2]! & named) !== 0;
  const quality = bytes[start + 3]!;
  let at = start + 4;
  const text = (length: number): string => bytes.toString('utf8', at, (at += length));
  const device = text(bytes[at++]!);
  const takenAt = bytes.readDoubleLE(at);
  const receivedAt = bytes.readDoubleLE(at + 8);
  at += 16;
  const name = isNamed ? { boot: bytes.readUInt32LE(at), seq: bytes.readDoubleLE(at + 4) } : {};
  if (isNamed) at += 12;
  const count = bytes.readUInt8(at++);
  const names: string[] = [];
  const kinds: number[] = [];
  for (let i = 0; i < count; i++) {
    kinds.push(bytes[at++]!);
    names.push(text(bytes[at++]!));
  }
  const values: Record<string, Value> = {};
  for (let i = 0; i < count; i++) {
    if (kinds[i] === valueKind.number) {
      values[names[i]!] = bytes.readDoubleLE(at);
      at += 8;
    } else if (kinds[i] === valueKind.boolean) values[names[i]!] = bytes.readUInt8(at++) === 1;
    else if (kinds[i] === valueKind.text) {
      const length = bytes.readUInt16LE(at);
      at += 2;
      values[names[i]!] = text(length);
    } else return undecodable(`value kind ${kinds[i]} is unknown`);
  }
  if (at !== end) return undecodable(`the record has ${end - start} bytes, its fields end at ${at - start}`);
  return decoded({ device, ...name, takenAt, receivedAt, values, quality });
}
