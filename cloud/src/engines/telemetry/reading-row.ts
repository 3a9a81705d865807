import { Buffer } from 'node:buffer';
import type { Reading, Shape, Value } from '@selvedge/protocol';

/** A reading with its place in a journal; its values stand in the order of its record, named by an interned shape. */
export interface ReadingRow {
  readonly device: string;
  readonly offset: number;
  readonly takenAt: number;
  readonly receivedAt: number;
  /** Both negative when the device does not number its readings. */
  readonly boot: number;
  readonly seq: number;
  readonly quality: number;
  readonly shape: Shape;
  readonly values: readonly Value[];
}

export function toReading(row: ReadingRow): Reading {
  const name = row.boot < 0 ? {} : { boot: row.boot, seq: row.seq };
  const { device, takenAt, receivedAt, quality } = row;
  return { device, ...name, takenAt, receivedAt, values: valuesOf(row), quality };
}

export function valuesOf(row: ReadingRow): Record<string, Value> {
  const entries = row.shape.names.map((name, index) => [name, row.values[index]!] as const);
  return Object.fromEntries(entries);
}

/** Room for the bytes of one record; a text takes at most three bytes for each UTF-16 unit. */
export function recordSizeMax(row: ReadingRow, deviceUtf8: Uint8Array): number {
  let size = 64 + deviceUtf8.length + row.shape.bytes.length + 8 * row.values.length;
  for (const value of row.values) if (typeof value === 'string') size += 3 * value.length;
  return size;
}

export const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8');
