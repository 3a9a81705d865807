import { Buffer } from 'node:buffer';
import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import type { ReadingRow } from './reading-row.ts';
import type { RecordReader } from './record-reader.ts';

/** A record where it lies, with its offset in the journal. */
export interface RecordPlace {
  readonly offset: number;
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
}

/**
 * The newest readings of a device, too few for a chunk: their records as they are. Appending to a tail copies bytes and
 * decides nothing.
 *
 *   tail = (offset:f64 length:u32 record)*
 */
export function appendToTail(tail: Uint8Array, records: readonly RecordPlace[]): Buffer {
  const size = records.reduce((sum, record) => sum + 12 + record.end - record.start, tail.length);
  const bytes = Buffer.allocUnsafe(size);
  bytes.set(tail);
  let at = tail.length;
  for (const { offset, bytes: from, start, end } of records) {
    bytes.writeDoubleLE(offset, at);
    bytes.writeUInt32LE(end - start, at + 8);
    from.copy(bytes, at + 12, start, end);
    at += 12 + end - start;
  }
  return bytes;
}

export function readTail(reader: RecordReader, tail: Buffer): Decoded<ReadingRow[]> {
  const rows: ReadingRow[] = [];
  for (let at = 0; at < tail.length; ) {
    if (at + 12 > tail.length) return undecodable(`the tail ends within its fields, at ${tail.length} bytes`);
    const end = at + 12 + tail.readUInt32LE(at + 8);
    if (end > tail.length) return undecodable(`the tail has ${tail.length} bytes, a record ends at ${end}`);
    const row = reader.read(tail, at + 12, end, tail.readDoubleLE(at));
    if (!row.ok) return row;
    rows.push(row.value);
    at = end;
  }
  return decoded(rows);
}
