import type { Buffer } from 'node:buffer';
import { adaptive } from './adaptive.ts';
import { type Coder, guessed } from './coder.ts';
import { column } from './columns.ts';
import type { Memory } from './memory.ts';
import type { RowCoder } from './row-coder.ts';
import type { Session } from './session.ts';

/** A journal batch as a bundle holds it; the journal's own batches are such. */
export interface BundleBatch {
  readonly klass: number;
  readonly firstOffset: number;
  readonly count: number;
  /** Whole milliseconds since the Unix epoch, at most 2^50. */
  readonly appendedAt: number;
  readonly bodyLength: number;
  /** The records, each `length:u32le bytes`, as in the journal; undefined of a stub, whose records have expired. */
  readonly body: Uint8Array | undefined;
  /** SHA-256 of the body that was there. Decoded batches have it only where they are stubs. */
  readonly bodyDigest: Uint8Array | undefined;
}

/** Without `bodyDigest` there is a body. */
export type BatchHead = Omit<BundleBatch, 'firstOffset' | 'body'>;

/** How a batch is written. */
const batchKind = { rows: 0, apart: 1, stub: 2 } as const;

export const digestSize = 32;
const lengthSize = 4;
/** Times beyond this are tens of thousands of years away. */
const timeMax = 2 ** 50;

/**
 * Codes one batch. A body that is not exactly its records stands apart.
 *
 *   batch = kind klass count appendedAt (row×count | length, bytes apart | length, digest apart)
 *
 * Writing, `room` is the batch's body, and without `hasRows` it stands apart whatever it is. Reading, the records are put at
 * `start` of `room`.
 */
export function codeBatch(
  coder: Coder,
  { session, rows }: Memory,
  room: Buffer,
  start: number,
  batch: BatchHead,
  hasRows = true,
): BatchHead {
  const kind = coder.number(column.batchKind, 0, coder.isReading ? 0 : kindOf(batch, room, hasRows));
  const klass = session.klass + coder.number(column.klass, 0, batch.klass - session.klass);
  const count =
    session.batchCount + adaptive(coder, session.sizes, column.batchCount, batch.count - session.batchCount);
  const appendedAt =
    session.appendedAt + adaptive(coder, session.sizes, column.appended, batch.appendedAt - session.appendedAt);
  if (!(klass >= 0 && klass <= 0xff && count >= 0 && count <= 0xffff_ffff && appendedAt >= 0 && appendedAt <= timeMax))
    throw new RangeError(`a batch of class ${klass}, ${count} records, ${appendedAt}`);
  session.klass = klass;
  session.batchCount = count;
  session.appendedAt = appendedAt;
  if (kind === batchKind.rows) {
    const bodyLength = codeRows(coder, session, rows, room, start, count, appendedAt);
    return { klass, count, appendedAt, bodyLength, bodyDigest: undefined };
  }
  const bodyLength = adaptive(coder, session.sizes, column.length, batch.bodyLength);
  if (!(bodyLength >= 0 && bodyLength <= 0xffff_ffff)) throw new RangeError(`a body of ${bodyLength} bytes`);
  if (kind === batchKind.apart) {
    if (start + bodyLength > room.length)
      throw new RangeError(`a body of ${bodyLength} bytes where ${room.length - start} are left`);
    coder.bytes(room, start, bodyLength);
    return { klass, count, appendedAt, bodyLength, bodyDigest: undefined };
  }
  if (kind !== batchKind.stub) throw new RangeError(`kind ${kind} of a batch is unknown`);
  const bodyDigest = batch.bodyDigest ?? new Uint8Array(digestSize);
  coder.bytes(bodyDigest, 0, digestSize);
  return { klass, count, appendedAt, bodyLength, bodyDigest };
}

/** Gives the length of the body. */
function codeRows(
  coder: Coder,
  session: Session,
  rows: RowCoder,
  room: Buffer,
  start: number,
  count: number,
  appendedAt: number,
): number {
  const { isReading } = coder;
  // The first reading of a batch came about as long before the commit as that of the batch before did.
  session.receivedAt = guessed(appendedAt + session.lag);
  rows.begin(coder, room);
  let at = start;
  for (let row = 0; row < count; row++) {
    const recordAt = at + lengthSize;
    if (recordAt > room.length) throw new RangeError(`record ${row} of ${count} where no bytes are left`);
    const end = isReading ? room.length : recordAt + room.readUInt32LE(at);
    const to = rows.code(recordAt, end);
    if (isReading) room.writeUInt32LE(to - recordAt, at);
    at = to;
    if (row === 0) session.lag = session.receivedAt - appendedAt;
  }
  return at - start;
}

function kindOf(batch: BatchHead, body: Buffer, hasRows: boolean): number {
  if (batch.bodyDigest) return batchKind.stub;
  if (!hasRows) return batchKind.apart;
  let at = 0;
  let records = 0;
  for (; at + lengthSize <= body.length; records++) at += lengthSize + body.readUInt32LE(at);
  return at === body.length && records === batch.count ? batchKind.rows : batchKind.apart;
}
