import type { Shape, Value } from '@selvedge/protocol';
import type { ByteSink } from './byte-sink.ts';
import type { ByteSource } from './byte-source.ts';
import { layoutOf } from './chunk-layout.ts';
import { readColumn, writeColumn } from './column.ts';
import { readIntegers, writeIntegers } from './integer-column.ts';
import { readNumbers, writeNumbers } from './number-column.ts';
import type { ReadingRow } from './reading-row.ts';
import type { RecordReader } from './record-reader.ts';
import { readSwitches, writeSwitches } from './switch-column.ts';

/** A chunk that says it has more rows was not written here. */
const rowsMax = 65_536;

/**
 * The rows of a chunk, version 1. Little endian; the columns are described in their files.
 *
 *   plain  = rows:varint shapes:varint shape×shapes shapeIndex:integers offset:numbers takenAt:numbers
 *            relative:u8 receivedAt:numbers named:switches boot:numbers seq:numbers quality:integers column×columns
 *   shape  = as in a reading record
 *   column = numbers | switches | texts                                             by the kind of its values
 *
 * `receivedAt` counts from `takenAt` where `relative` is 1. Only named rows have a boot and a seq. The columns are those
 * of `layoutOf`, each with the values of the rows that fill it, in the order of the rows.
 */
export function writeRows(sink: ByteSink, rows: readonly ReadingRow[]): void {
  const numbers = (of: (row: ReadingRow) => number, from = rows): void =>
    writeNumbers(sink, Float64Array.from(from, of));
  const integers = (of: (row: ReadingRow) => number): void => writeIntegers(sink, Float64Array.from(rows, of));

  const shapes = [...new Set(rows.map((row) => row.shape))];
  const indexes = new Map(shapes.map((shape, index) => [shape, index]));
  sink.varint(rows.length);
  sink.varint(shapes.length);
  for (const shape of shapes) sink.bytes(shape.bytes);
  integers((row) => indexes.get(row.shape)!);
  numbers((row) => row.offset);
  numbers((row) => row.takenAt);
  const relative = rows.every((row) => Object.is(row.takenAt + (row.receivedAt - row.takenAt), row.receivedAt));
  sink.byte(relative ? 1 : 0);
  numbers(relative ? (row) => row.receivedAt - row.takenAt : (row) => row.receivedAt);
  const isNamed = rows.map((row) => row.boot >= 0);
  const named = isNamed.includes(false) ? rows.filter((row) => row.boot >= 0) : rows;
  writeSwitches(sink, isNamed);
  numbers((row) => row.boot, named);
  numbers((row) => row.seq, named);
  integers((row) => row.quality);

  const { columns, places } = layoutOf(shapes);
  const filled: Value[][] = columns.map(() => []);
  for (const row of rows) {
    const place = places[indexes.get(row.shape)!]!;
    for (let i = 0; i < place.length; i++) filled[place[i]!]!.push(row.values[i]!);
  }
  for (const [index, column] of columns.entries()) writeColumn(sink, column.kind, filled[index]!);
}

/** Throws a RangeError where the bytes are no rows. */
export function readRows(source: ByteSource, device: string, reader: RecordReader): ReadingRow[] {
  const count = source.varint();
  if (count > rowsMax) throw new RangeError(`${count} rows`);
  const shapes = readShapes(source, reader);
  const shapeIndex = readIntegers(source, count);
  const offset = readNumbers(source, count);
  const takenAt = readNumbers(source, count);
  const relative = source.byte() === 1;
  const receivedAt = readNumbers(source, count);
  const named = readSwitches(source, count);
  const namedCount = named.reduce((sum, one) => sum + (one ? 1 : 0), 0);
  const boot = readNumbers(source, namedCount);
  const seq = readNumbers(source, namedCount);
  const quality = readIntegers(source, count);
  const valuesAt = readValues(source, shapes, shapeIndex);
  if (source.left > 0) throw new RangeError(`${source.left} bytes are left over`);

  const rows: ReadingRow[] = [];
  for (let i = 0, name = 0; i < count; i++) {
    const isNamed = named[i]!;
    rows.push({
      device,
      offset: offset[i]!,
      takenAt: takenAt[i]!,
      receivedAt: relative ? takenAt[i]! + receivedAt[i]! : receivedAt[i]!,
      boot: isNamed ? boot[name]! : -1,
      seq: isNamed ? seq[name++]! : -1,
      quality: quality[i]!,
      shape: shapes[shapeIndex[i]!]!,
      values: valuesAt(i),
    });
  }
  return rows;
}

function readShapes(source: ByteSource, reader: RecordReader): readonly Shape[] {
  const shapes: Shape[] = [];
  for (let left = source.varint(); left > 0; left--) {
    const { shape } = source.scan((bytes, at) => reader.shape(bytes, at, bytes.length));
    shapes.push(shape);
  }
  return shapes;
}

/** Gives the values of each row, which must be asked for in the order of the rows. */
function readValues(
  source: ByteSource,
  shapes: readonly Shape[],
  shapeIndex: Float64Array,
): (row: number) => readonly Value[] {
  const { columns, places } = layoutOf(shapes);
  const lengths = new Uint32Array(columns.length);
  for (const index of shapeIndex) {
    const place = places[index];
    if (!place) throw new RangeError(`shape ${index} of ${shapes.length}`);
    for (const column of place) lengths[column]! += 1;
  }
  const filled = columns.map((column, index) => readColumn(source, column.kind, lengths[index]!));
  const next = new Uint32Array(columns.length);
  return (row) => places[shapeIndex[row]!]!.map((column) => filled[column]![next[column]!++]!);
}
