import type { Buffer } from 'node:buffer';
import { type ByteTable, byteTable } from './byte-table.ts';
import type { Coder } from './coder.ts';
import { column } from './columns.ts';

/** Texts of one value of a shape: each is told once, later ones by number. */
export const textColumn = (): ByteTable => byteTable();

/** Texts that are remembered of one column, and bytes of one of them. A session has a bound for all of them. */
const textsMax = 256;
const lengthMax = 128;

/** Where a text ends, and its number for the next of its series: that in the table plus one, 0 for one that is in none. */
export interface Told {
  end: number;
  number: number;
}

/**
 * Codes the text whose UTF-8 lies at `told.end + 2`, behind its length. `told.number` comes as that of the series' text
 * before.
 *
 *   text = 0                                                          the same as before, if that is in the table
 *        | 1, then its length in column `text` and its bytes apart    one that is not
 *        | n                                                          number n − 1
 */
export function codeText(
  coder: Coder,
  session: { textsLeft: number },
  place: number,
  texts: ByteTable,
  bytes: Buffer,
  told: Told,
): void {
  const at = told.end;
  const before = told.number;
  let length = 0;
  let number = 0;
  if (!coder.isReading) {
    length = bytes.readUInt16LE(at);
    number = texts.find(bytes, at + 2, at + 2 + length) + 1;
  }
  const sign = coder.number(place, 0, number === 0 ? 1 : number === before ? 0 : number + 1);
  if (sign === 1) {
    length = coder.number(column.text, 8, length);
    if (coder.isReading) writeLength(bytes, at, length);
    coder.bytes(bytes, at + 2, length);
    const isKept = length <= lengthMax && texts.size < textsMax && session.textsLeft > 0;
    if (isKept) session.textsLeft -= 1;
    told.number = isKept ? texts.add(Uint8Array.prototype.slice.call(bytes, at + 2, at + 2 + length)) + 1 : 0;
    told.end = at + 2 + length;
    return;
  }
  number = sign === 0 ? before : sign - 1;
  const known = texts.at(number - 1);
  if (!known) throw new RangeError(`text ${number} of ${texts.size}`);
  if (coder.isReading) {
    writeLength(bytes, at, known.length);
    bytes.set(known, at + 2);
  }
  told.number = number;
  told.end = at + 2 + known.length;
}

function writeLength(bytes: Buffer, at: number, length: number): void {
  if (!(length >= 0 && length <= 0xffff && at + 2 + length <= bytes.length))
    throw new RangeError(`a text of ${length} bytes where ${bytes.length - at - 2} are left`);
  bytes.writeUInt16LE(length, at);
}
