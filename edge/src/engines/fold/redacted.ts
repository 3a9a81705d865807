import type { Buffer } from 'node:buffer';
import { encodeReading, quality, type Reading } from '@selvedge/protocol';
import type { ReadingColumns } from '../../ports.ts';

/** The record of a reading without its private values: named as the original is, and marked as derived. */
export function redactedRecord(
  columns: ReadingColumns,
  row: number,
  device: string,
  values: Reading['values'],
  open: readonly string[],
): Buffer {
  const [boot, seq] = [columns.boot[row]!, columns.seq[row]!];
  return encodeReading({
    device,
    ...(boot < 0 ? {} : { boot, seq }),
    takenAt: columns.takenAt[row]!,
    receivedAt: columns.receivedAt[row]!,
    values: Object.fromEntries(open.map((name) => [name, values[name]!])),
    quality: (columns.quality[row]! & ~(quality.withheld | quality.partly)) | quality.redacted,
  });
}
