import { type Buffer, isUtf8 } from 'node:buffer';
import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { isDeviceId, isValueName, type Reading, type Value } from '../reading.ts';
import { type Shape, valueKind } from '../shape.ts';
import { recordKind } from './kind.ts';

/**
 * Reading record, version 1. Little endian. One reading has exactly one encoding, so both sides of a link can compare
 * digests of what they hold.
 *
 *   reading  = kind:u8(=1) version:u8(=1) flags:u8 quality:u8 device:str8 takenAt:f64 receivedAt:f64
 *              [boot:u32 seq:f64]            present when flags bit 0 is set
 *              shape value*
 *   shape    = count:u8 (valueKind:u8 name:str8)*      names ascend by their UTF-16 units
 *   value    = f64, finite | u8 (0 or 1) | length:u16 utf8*length      by valueKind 0, 1, 2
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

/**
 * Reads one record that lies in `bytes` from `start` to `end`. What it accepts, `encodeReading` writes back byte for byte;
 * any other spelling of a reading is refused.
 */
export function readReading(bytes: Buffer, start = 0, end = bytes.length): Decoded<Reading> {
  try {
    return parse(bytes, start, end);
  } catch (cause) {
    if (cause instanceof RangeError) return undecodable(`the record ends within its fields, at ${end - start} bytes`);
    throw cause;
  }
}

/** The device of a record and the name it gave it, without reading the values; undefined when it gave none. */
export function readReadingName(
  bytes: Buffer,
  start: number,
): { readonly device: string; readonly boot: number; readonly seq: number } | undefined {
  if ((bytes[start + 2]! & named) === 0) return undefined;
  const at = start + 5 + bytes[start + 4]!;
  return {
    device: bytes.toString('utf8', start + 5, at),
    boot: bytes.readUInt32LE(at + 16),
    seq: bytes.readDoubleLE(at + 20),
  };
}

function parse(bytes: Buffer, start: number, end: number): Decoded<Reading> {
  if (bytes[start] !== recordKind.reading) return undecodable(`kind ${bytes[start]} is not a reading`);
  if (bytes[start + 1] !== 1) return undecodable(`version ${bytes[start + 1]} is unknown`);
  const flags = bytes.readUInt8(start + 2);
  if (flags > named) return undecodable(`flags ${flags} are unknown`);
  const quality = bytes.readUInt8(start + 3);

  let at = start + 5 + bytes.readUInt8(start + 4);
  const device = bytes.toString('utf8', start + 5, at);
  if (!isDeviceId(device) || isBroken(device, bytes, start + 5, at)) return undecodable('the device id is not one');
  const takenAt = bytes.readDoubleLE(at);
  const receivedAt = bytes.readDoubleLE(at + 8);
  if (!Number.isFinite(takenAt + receivedAt)) return undecodable(`${takenAt} or ${receivedAt} is not a time`);
  at += 16;
  let name: { boot: number; seq: number } | undefined;
  if (flags === named) {
    name = { boot: bytes.readUInt32LE(at), seq: bytes.readDoubleLE(at + 4) };
    if (!Number.isSafeInteger(name.seq) || name.seq < 0) return undecodable(`${name.seq} is not a sequence number`);
    at += 12;
  }

  const shapeAt = at + 1;
  const count = bytes.readUInt8(at++);
  for (let i = 0; i < count; i++) at += 2 + bytes.readUInt8(at + 1);
  const values: Record<string, Value> = {};
  let before = '';
  for (let i = 0, nameAt = shapeAt; i < count; i++) {
    const nameEnd = nameAt + 2 + bytes[nameAt + 1]!;
    const name = bytes.toString('utf8', nameAt + 2, nameEnd);
    if (name <= before || !isValueName(name) || isBroken(name, bytes, nameAt + 2, nameEnd))
      return undecodable(`name ${i + 1} of ${count} does not name a value, or not in order`);
    const kind = bytes[nameAt]!;
    if (kind === valueKind.number) {
      const value = bytes.readDoubleLE(at);
      if (!Number.isFinite(value)) return undecodable(`${name} is ${value}`);
      values[name] = value;
      at += 8;
    } else if (kind === valueKind.boolean) {
      const value = bytes.readUInt8(at++);
      if (value > 1) return undecodable(`${name} is neither 0 nor 1, but ${value}`);
      values[name] = value === 1;
    } else if (kind === valueKind.text) {
      const textAt = at + 2;
      at = textAt + bytes.readUInt16LE(at);
      const value = bytes.toString('utf8', textAt, at);
      if (isBroken(value, bytes, textAt, at)) return undecodable(`${name} is not UTF-8`);
      values[name] = value;
    } else return undecodable(`value kind ${kind} is unknown`);
    before = name;
    nameAt = nameEnd;
  }
  if (at !== end) return undecodable(`the record has ${end - start} bytes, its fields end at ${at - start}`);
  return decoded({ device, ...name, takenAt, receivedAt, values, quality });
}

/** Whether the bytes were not UTF-8: decoding puts U+FFFD there, and only texts that hold it need the slower look. */
const isBroken = (text: string, bytes: Buffer, from: number, to: number): boolean =>
  text.includes('\ufffd') && !isUtf8(bytes.subarray(from, to));
