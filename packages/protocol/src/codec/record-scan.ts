import type { Buffer } from 'node:buffer';
import { recordKind } from '../record/kind.ts';
import { valueKind } from '../shape.ts';
import { isAt } from './byte-table.ts';
import { wholeMax } from './coder.ts';
import type { Device, RowShape, Series, Session } from './session.ts';

/** Where the parts of a reading record lie. Reused from record to record. */
export interface Scan {
  deviceEnd: number;
  shapeAt: number;
  shapeEnd: number;
  /** Undefined where the session knows none. */
  device: Device | undefined;
  shape: RowShape | undefined;
  series: Series | undefined;
}

export const emptyScan = (): Scan => ({
  deviceEnd: 0,
  shapeAt: 0,
  shapeEnd: 0,
  device: undefined,
  shape: undefined,
  series: undefined,
});

export const namedFlag = 1;

/**
 * Looks at the record in `bytes[start, end)`. False where it is no reading that columns can hold, be it one of another
 * kind, garbage, or one with a time that is not whole; it need not be a valid one, for its bytes come back as they are.
 */
export function scanRecord(
  scan: Scan,
  session: Session,
  bytes: Buffer,
  view: DataView,
  start: number,
  end: number,
): boolean {
  if (end - start < 22 || bytes[start] !== recordKind.reading || bytes[start + 1] !== 1) return false;
  const flags = bytes[start + 2]!;
  const deviceEnd = start + 5 + bytes[start + 4]!;
  const shapeAt = deviceEnd + (flags === namedFlag ? 28 : 16);
  if (flags > namedFlag || shapeAt >= end) return false;
  if (!isWhole(view.getFloat64(deviceEnd, true)) || !isWhole(view.getFloat64(deviceEnd + 8, true))) return false;
  if (flags === namedFlag && !isWhole(view.getFloat64(deviceEnd + 20, true))) return false;
  scan.deviceEnd = deviceEnd;
  scan.shapeAt = shapeAt;
  const expected = session.lastSeries?.next;
  if (expected && isAt(expected.device.utf8, bytes, start + 5, deviceEnd)) scan.device = expected.device;
  else scan.device = session.devices[session.deviceIds.find(bytes, start + 5, deviceEnd)];
  scan.series =
    expected && scan.device === expected.device && begins(expected.shape, bytes, shapeAt, end) ? expected : undefined;
  if (!scan.series && scan.device) {
    for (const one of scan.device.series) if (begins(one.shape, bytes, shapeAt, end)) scan.series = one;
  }
  if (scan.series) {
    scan.shape = scan.series.shape;
    scan.shapeEnd = shapeAt + scan.shape.bytes.length;
  } else {
    scan.shapeEnd = shapeEndOf(bytes, shapeAt, end);
    if (scan.shapeEnd < 0) return false;
    scan.shape = session.shapes[session.shapeBytes.find(bytes, shapeAt, scan.shapeEnd)];
  }
  return scan.shape?.isNumeric
    ? scan.shapeEnd + scan.shape.valuesLength === end
    : areValues(bytes, shapeAt, scan.shapeEnd, end);
}

const isWhole = (value: number): boolean =>
  Math.floor(value) === value && value <= wholeMax && value >= -wholeMax && (value !== 0 || 1 / value > 0);

const begins = (shape: RowShape, bytes: Buffer, at: number, end: number): boolean =>
  at + shape.bytes.length <= end && isAt(shape.bytes, bytes, at, at + shape.bytes.length);

/** Where the shape at `at` ends, or −1 where it has kinds that are unknown or leaves `end`. */
function shapeEndOf(bytes: Buffer, at: number, end: number): number {
  let next = at + 1;
  for (let left = bytes[at]!; left > 0; left--) {
    if (next + 2 > end || bytes[next]! > valueKind.text) return -1;
    next += 2 + bytes[next + 1]!;
  }
  return next <= end ? next : -1;
}

/** Whether values of the kinds of this shape fill `[at, end)`. */
function areValues(bytes: Buffer, shapeAt: number, shapeEnd: number, end: number): boolean {
  let at = shapeEnd;
  for (let kindAt = shapeAt + 1; kindAt < shapeEnd; kindAt += 2 + bytes[kindAt + 1]!) {
    const kind = bytes[kindAt];
    if (kind === valueKind.number) at += 8;
    else if (kind === valueKind.boolean) {
      if (at >= end || bytes[at]! > 1) return false;
      at += 1;
    } else {
      if (at + 2 > end) return false;
      at += 2 + bytes.readUInt16LE(at);
    }
  }
  return at === end;
}
