import { Buffer } from 'node:buffer';
import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import type { Shape, Value } from '@selvedge/protocol';
import { byteSink } from './byte-sink.ts';
import { type ByteSource, byteSource } from './byte-source.ts';
import { layoutOf } from './chunk-layout.ts';
import { readColumn, writeColumn } from './column.ts';
import { readIntegers, writeIntegers } from './integer-column.ts';
import { readNumbers, writeNumbers } from './number-column.ts';
import type { ReadingRow } from './reading-row.ts';
import type { RecordReader } from './record-reader.ts';
import { readSwitches, writeSwitches } from './switch-column.ts';
import { pack, unpack } from './zstd.ts';

/** Readings of one device and one journal as compressed columns; decoding gives back every row exactly. */
export interface ChunkCodec {
  encode(rows: readonly ReadingRow[]): Buffer;
  decode(device: string, bytes: Buffer): Decoded<ReadingRow[]>;
}

/** No chunk is longer; what says it is was not written here. */
const plainLengthMax = 64 * 2 ** 20;
const rowsMax = 65_536;
/** Bytes from which on zstd is worth its 60 µs: of fewer it takes away next to nothing. */
const packMin = 1_024;

/**
 * Chunk, version 1. Little endian; columns are described in their files.
 *
 *   chunk   = version:u8(=1) packed:u8 plainLength:varint (plain | zstd of plain)    packed: 0 as it is, 1 zstd
 *   plain   = rows:varint shapes:varint shape×shapes shapeIndex:integers offset:numbers takenAt:numbers
 *             relative:u8 receivedAt:numbers named:switches boot:numbers seq:numbers quality:integers column×columns
 *   shape   = as in a reading record
 *   column  = numbers | switches | texts                                              by the kind of its values
 *
 * `receivedAt` counts from `takenAt` where `relative` is 1. Only named rows have a boot and a seq. The columns are those
 * of `layoutOf`, each with the values of the rows that fill it, in the order of the rows.
 */
export function chunkCodec(reader: RecordReader): ChunkCodec {
  const sink = byteSink();
  const head = byteSink();
  return {
    encode(rows) {
      sink.clear();
      writeRows(rows);
      const plain = sink.done();
      const packed = plain.length < packMin ? plain : pack(plain);
      const smaller = packed.length < plain.length;
      head.clear();
      head.byte(1);
      head.byte(smaller ? 1 : 0);
      head.varint(plain.length);
      head.bytes(smaller ? packed : plain);
      return Buffer.from(head.done());
    },
    decode(device, bytes) {
      try {
        return decoded(readRows(device, open(bytes)));
      } catch (cause) {
        if (cause instanceof RangeError) return undecodable(`the chunk of ${bytes.length} bytes: ${cause.message}`);
        throw cause;
      }
    },
  };

  function open(bytes: Buffer): ByteSource {
    const source = byteSource(bytes);
    const version = source.byte();
    if (version !== 1) throw new RangeError(`version ${version} is unknown`);
    const packed = source.byte();
    const plainLength = source.varint();
    if (packed > 1 || plainLength > plainLengthMax) throw new RangeError(`packing ${packed}, ${plainLength} bytes`);
    const body = source.bytes(source.left);
    return byteSource(packed === 1 ? unpackBody(body, plainLength) : body);
  }

  function writeRows(rows: readonly ReadingRow[]): void {
    const numbers = (of: (row: ReadingRow) => number, from = rows): void =>
      writeNumbers(sink, Float64Array.from(from, of));
    const shapes = [...new Set(rows.map((row) => row.shape))];
    const indexes = new Map(shapes.map((shape, index) => [shape, index]));
    sink.varint(rows.length);
    sink.varint(shapes.length);
    for (const shape of shapes) sink.bytes(shape.bytes);
    writeIntegers(
      sink,
      Float64Array.from(rows, (row) => indexes.get(row.shape)!),
    );
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
    writeIntegers(
      sink,
      Float64Array.from(rows, (row) => row.quality),
    );
    const { columns, places } = layoutOf(shapes);
    const filled: Value[][] = columns.map(() => []);
    for (const row of rows) {
      const place = places[indexes.get(row.shape)!]!;
      for (let i = 0; i < place.length; i++) filled[place[i]!]!.push(row.values[i]!);
    }
    for (const [index, column] of columns.entries()) writeColumn(sink, column.kind, filled[index]!);
  }

  function readRows(device: string, source: ByteSource): ReadingRow[] {
    const count = source.varint();
    if (count > rowsMax) throw new RangeError(`${count} rows`);
    const shapes = readShapes(source);
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
    const { columns, places } = layoutOf(shapes);
    const lengths = new Uint32Array(columns.length);
    for (const index of shapeIndex) {
      const place = places[index];
      if (!place) throw new RangeError(`shape ${index} of ${shapes.length}`);
      for (const column of place) lengths[column]! += 1;
    }
    const filled = columns.map((column, index) => readColumn(source, column.kind, lengths[index]!));
    if (source.left > 0) throw new RangeError(`${source.left} bytes are left over`);
    const next = new Uint32Array(columns.length);
    const rows: ReadingRow[] = [];
    for (let i = 0, name = 0; i < count; i++) {
      const shape = shapes[shapeIndex[i]!]!;
      const values = places[shapeIndex[i]!]!.map((column) => filled[column]![next[column]!++]!);
      const isNamed = named[i]!;
      rows.push({
        device,
        offset: offset[i]!,
        takenAt: takenAt[i]!,
        receivedAt: relative ? takenAt[i]! + receivedAt[i]! : receivedAt[i]!,
        boot: isNamed ? boot[name]! : -1,
        seq: isNamed ? seq[name++]! : -1,
        quality: quality[i]!,
        shape,
        values,
      });
    }
    return rows;
  }

  function readShapes(source: ByteSource): Shape[] {
    const shapes: Shape[] = [];
    for (let left = source.varint(); left > 0; left--) {
      const { shape } = source.scan((bytes, at) => reader.shape(bytes, at, bytes.length));
      shapes.push(shape);
    }
    return shapes;
  }
}

/** zstd throws what it likes; a damaged chunk is a RangeError here. */
function unpackBody(body: Buffer, length: number): Buffer {
  try {
    return unpack(body, length);
  } catch (cause) {
    throw new RangeError(cause instanceof Error ? cause.message : String(cause));
  }
}
