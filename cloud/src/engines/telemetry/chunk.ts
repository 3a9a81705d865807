import { Buffer } from 'node:buffer';
import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { byteSink } from './byte-sink.ts';
import { type ByteSource, byteSource } from './byte-source.ts';
import { readRows, writeRows } from './chunk-rows.ts';
import type { ReadingRow } from './reading-row.ts';
import type { RecordReader } from './record-reader.ts';
import { pack, unpack } from './zstd.ts';

/** Readings of one device and one journal as compressed columns; decoding gives back every row exactly. */
export interface ChunkCodec {
  encode(rows: readonly ReadingRow[]): Buffer;
  decode(device: string, bytes: Buffer): Decoded<ReadingRow[]>;
}

/** No chunk is longer; what says it is was not written here. */
const plainLengthMax = 64 * 2 ** 20;
/** Bytes from which on zstd is worth its 60 µs: of fewer it takes away next to nothing. */
const packMin = 1_024;

/**
 * Chunk, version 1. What is in `plain` stands in `chunk-rows.ts`.
 *
 *   chunk = version:u8(=1) packed:u8 plainLength:varint (plain | zstd of plain)      packed: 0 as it is, 1 zstd
 */
export function chunkCodec(reader: RecordReader): ChunkCodec {
  const sink = byteSink();
  const head = byteSink();
  return {
    encode(rows) {
      sink.clear();
      writeRows(sink, rows);
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
        return decoded(readRows(open(bytes), device, reader));
      } catch (cause) {
        if (cause instanceof RangeError) return undecodable(`the chunk of ${bytes.length} bytes: ${cause.message}`);
        throw cause;
      }
    },
  };
}

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

/** zstd throws what it likes; a damaged chunk is a RangeError here. */
function unpackBody(body: Buffer, length: number): Buffer {
  try {
    return unpack(body, length);
  } catch (cause) {
    throw new RangeError(cause instanceof Error ? cause.message : String(cause));
  }
}
