import { type ByteSink, byteSink } from './byte-sink.ts';
import { type ByteSource, byteSource } from './byte-source.ts';
import { type Coder, columnsMax } from './coder.ts';

/**
 * Numbers by column, so that a general packer finds like beside like. Signs are folded away: 0, −1, 1, −2 … are 0, 1, 2, 3 …
 *
 *   planes = columns:varint (column:varint length:varint)×columns plane×columns
 *   plane  = (folded:varint | byte)×
 */
export interface PlaneWriter extends Coder {
  begin(apart: ByteSink): void;
  /** Writes all columns and forgets them. */
  finish(into: ByteSink): void;
}

export function planeWriter(): PlaneWriter {
  const columns: ByteSink[] = [];
  const used: number[] = [];
  let apart = byteSink();
  const open = (column: number): ByteSink => {
    const sink = (columns[column] ??= byteSink());
    if (sink.length === 0) used.push(column);
    return sink;
  };
  return {
    isReading: false,
    begin(sink) {
      apart = sink;
    },
    number(column, _level, value) {
      open(column).varint(value < 0 ? -2 * value - 1 : 2 * value);
      return value;
    },
    byte(column, value) {
      open(column).byte(value);
      return value;
    },
    bytes(bytes, at, length) {
      apart.bytes(bytes, at, at + length);
    },
    finish(into) {
      used.sort((one, other) => one - other);
      into.varint(used.length);
      for (const column of used) {
        into.varint(column);
        into.varint(columns[column]!.length);
      }
      for (const column of used) {
        into.bytes(columns[column]!.done());
        columns[column]!.clear();
      }
      used.length = 0;
    },
  };
}

const none = byteSource(new Uint8Array(0));

/** Throws a RangeError where the bytes are no planes. */
export function planeReader(planes: ByteSource, apart: ByteSource): Coder {
  const columns: ByteSource[] = [];
  const lengths: [column: number, length: number][] = [];
  for (let left = planes.varint(); left > 0; left--) {
    const column = planes.varint();
    if (column >= columnsMax) throw new RangeError(`column ${column} of ${columnsMax}`);
    lengths.push([column, planes.varint()]);
  }
  for (const [column, length] of lengths) columns[column] = byteSource(planes.bytes(length));
  return {
    isReading: true,
    number(column) {
      const folded = (columns[column] ?? none).varint();
      return folded % 2 === 0 ? folded / 2 : -(folded + 1) / 2;
    },
    byte: (column) => (columns[column] ?? none).byte(),
    bytes: (bytes, at, length) => apart.copy(bytes, at, length),
  };
}
