import { Buffer } from 'node:buffer';
import type { Decoded } from '@selvedge/kernel';
import { type ChunkCodec, chunkCodec } from '../../engines/telemetry/chunk.ts';
import type { ReadingRow } from '../../engines/telemetry/reading-row.ts';
import { type RecordReader, recordReader } from '../../engines/telemetry/record-reader.ts';
import { readTail } from '../../engines/telemetry/tail.ts';
import { storeFaults } from './faults.ts';
import type { Blob } from './tables.ts';

/** Opens what the tables `chunk` and `tail` hold. One for each thread: it interns shapes and reuses its buffers. */
export interface Chunks {
  readonly codec: ChunkCodec;
  readonly reader: RecordReader;
  chunk(device: string, body: Blob): Decoded<ReadingRow[]>;
  tail(device: string, body: Blob): Decoded<ReadingRow[]>;
}

export function chunks(): Chunks {
  const reader = recordReader();
  const codec = chunkCodec(reader);
  return {
    codec,
    reader,
    chunk: (device, body) => codec.decode(device, asBuffer(body)),
    tail: (_device, body) => readTail(reader, asBuffer(body)),
  };
}

/** What was opened, or STORE_CORRUPT. */
export function opened(device: string, rows: Decoded<ReadingRow[]>): readonly ReadingRow[] {
  if (rows.ok) return rows.value;
  throw storeFaults('STORE_CORRUPT', `readings of ${device} cannot be read: ${rows.why}`, { device });
}

export const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
