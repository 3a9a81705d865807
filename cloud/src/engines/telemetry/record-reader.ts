import { type Buffer, isUtf8 } from 'node:buffer';
import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import {
  isDeviceId,
  isValueName,
  recordKind,
  type Shape,
  type Value,
  type ValueKind,
  valueKind,
} from '@selvedge/protocol';
import type { ReadingRow } from './reading-row.ts';

/**
 * Reads reading records (the format is in `protocol/record/reading-v1.ts`) as rows. It accepts exactly what
 * `readReading` accepts and interns devices and shapes instead of building an object of values: a node sends the same
 * few of them over and over.
 */
export interface RecordReader {
  /** The record in `bytes[start, end)`, or why the bytes are no reading. */
  read(bytes: Buffer, start: number, end: number, offset: number): Decoded<ReadingRow>;
  /** The shape that begins at `start`, and where it ends; undefined where its bytes are none. */
  shape(bytes: Buffer, start: number, end: number): { readonly shape: Shape; readonly end: number } | undefined;
}

/** Devices and shapes that come and go must not fill the memory: a table starts anew at this many. */
const internedMax = 20_000;

export function recordReader(): RecordReader {
  const devices = new Map<string, string>();
  const shapesByBytes = new Map<string, Shape>();
  let nextShape = 0;

  const device = (bytes: Buffer, start: number, end: number): string | undefined => {
    const key = bytes.toString('latin1', start, end);
    const known = devices.get(key);
    if (known !== undefined) return known;
    const id = bytes.toString('utf8', start, end);
    if (!isUtf8(bytes.subarray(start, end)) || !isDeviceId(id)) return undefined;
    if (devices.size === internedMax) devices.clear();
    devices.set(key, id);
    return id;
  };

  const shape: RecordReader['shape'] = (bytes, start, end) => {
    let at = start + 1;
    for (let left = bytes[start]!; left > 0; left--) at += 2 + (at + 1 < end ? bytes[at + 1]! : end);
    if (start >= end || at > end) return undefined;
    const key = bytes.toString('latin1', start, at);
    const known = shapesByBytes.get(key);
    if (known) return { shape: known, end: at };
    const built = buildShape(nextShape, bytes, start, at);
    if (!built) return undefined;
    if (shapesByBytes.size === internedMax) shapesByBytes.clear();
    nextShape += 1;
    shapesByBytes.set(key, built);
    return { shape: built, end: at };
  };

  return {
    shape,
    read(bytes, start, end, offset) {
      if (bytes[start] !== recordKind.reading) return undecodable(`kind ${bytes[start]} is not a reading`);
      if (bytes[start + 1] !== 1) return undecodable(`version ${bytes[start + 1]} is unknown`);
      const flags = bytes[start + 2]!;
      const deviceEnd = start + 5 + bytes[start + 4]!;
      const shapeStart = deviceEnd + 16 + (flags === 1 ? 12 : 0);
      if (flags > 1) return undecodable(`flags ${flags} are unknown`);
      if (!(shapeStart < end)) return undecodable(`the record ends within its fields, at ${end - start} bytes`);
      const id = device(bytes, start + 5, deviceEnd);
      if (id === undefined) return undecodable('the device id is not one');
      const found = shape(bytes, shapeStart, end);
      if (!found) return undecodable('the names of the values are cut off, unfit, out of order, or of an unknown kind');
      const values = readValues(bytes, found.end, end, found.shape);
      if (typeof values === 'string') return undecodable(values);
      const row: ReadingRow = {
        device: id,
        offset,
        takenAt: bytes.readDoubleLE(deviceEnd),
        receivedAt: bytes.readDoubleLE(deviceEnd + 8),
        boot: flags === 1 ? bytes.readUInt32LE(deviceEnd + 16) : -1,
        seq: flags === 1 ? bytes.readDoubleLE(deviceEnd + 20) : -1,
        quality: bytes[start + 3]!,
        shape: found.shape,
        values,
      };
      return check(row);
    },
  };
}

function check(row: ReadingRow): Decoded<ReadingRow> {
  if (!Number.isFinite(row.takenAt + row.receivedAt)) return undecodable('a time is not finite');
  if (row.boot >= 0 && !(Number.isSafeInteger(row.seq) && row.seq >= 0))
    return undecodable(`${row.seq} is not a sequence number`);
  return decoded(row);
}

function buildShape(id: number, bytes: Buffer, start: number, end: number): Shape | undefined {
  const names: string[] = [];
  const kinds: ValueKind[] = [];
  for (let at = start + 1; at < end; ) {
    const kind = bytes[at]!;
    const utf8 = bytes.subarray(at + 2, at + 2 + bytes[at + 1]!);
    const name = utf8.toString('utf8');
    if (kind > valueKind.text || !isUtf8(utf8) || !isValueName(name) || name <= (names.at(-1) ?? '')) return undefined;
    kinds.push(kind as ValueKind);
    names.push(name);
    at += 2 + utf8.length;
  }
  return { id, names, kinds, bytes: new Uint8Array(bytes.subarray(start, end)) };
}

/** The values of a record whose last byte is before `end`, or why there are none. */
function readValues(bytes: Buffer, start: number, end: number, shape: Shape): Value[] | string {
  const values: Value[] = [];
  let at = start;
  for (const kind of shape.kinds) {
    if (kind === valueKind.number) {
      if (at + 8 > end) break;
      const value = bytes.readDoubleLE(at);
      if (!Number.isFinite(value)) return `a value is ${value}`;
      values.push(value);
      at += 8;
    } else if (kind === valueKind.boolean) {
      if (at + 1 > end || bytes[at]! > 1) break;
      values.push(bytes[at]! === 1);
      at += 1;
    } else {
      const textEnd = at + 2 + (at + 2 <= end ? bytes.readUInt16LE(at) : end);
      if (textEnd > end) break;
      const text = bytes.toString('utf8', at + 2, textEnd);
      // Decoding replaces what is not UTF-8 by U+FFFD, so only texts that hold it need the slower look at the bytes.
      if (text.includes('\ufffd') && !isUtf8(bytes.subarray(at + 2, textEnd))) return 'a text is not UTF-8';
      values.push(text);
      at = textEnd;
    }
  }
  if (values.length < shape.kinds.length) return `value ${values.length + 1} is cut off or unknown`;
  if (at !== end) return `the record has ${end - start} bytes of values, they end at ${at - start}`;
  return values;
}
