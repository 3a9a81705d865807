import { forEachRecord } from './chain.ts';
import type { Batch } from './journal.ts';

/** Visits the records of a batch with their offsets, in order: record `offset` is `body[start, end)`. A stub has none. */
export function visitRecords(
  batch: Batch,
  visit: (body: Buffer, start: number, end: number, offset: number) => void,
): void {
  if (!batch.body) return;
  const { buffer, byteOffset, byteLength } = batch.body;
  const body = Buffer.from(buffer, byteOffset, byteLength);
  forEachRecord(body, (start, end, index) => visit(body, start, end, batch.firstOffset + index));
}
