import { Buffer } from 'node:buffer';
import { batchHash, bodyDigest, genesisHash } from '@selvedge/journal';
import { classOf, encodeReading, encodeRecord, type Reading, type RecordBodies } from '@selvedge/protocol';
import type { ShippedBatch } from '../src/ports.ts';

/** A journal of an edge node as the cloud comes to see it: batches that chain, to be shipped in any order. */
export interface ShippedJournal {
  readonly node: string;
  readonly epoch: string;
  /** The next batch. */
  batch(records: readonly Buffer[], about?: { readonly klass?: number; readonly at?: number }): ShippedBatch;
  /** A batch of readings. */
  readings(...readings: readonly Reading[]): ShippedBatch;
  /** Leaves out so many offsets, as if other batches had been there. */
  skip(count: number): void;
  /** A batch of one record of another kind. */
  record<Kind extends keyof RecordBodies>(kind: Kind, body: RecordBodies[Kind]): ShippedBatch;
}

export function shippedJournal(node = 'edge-1', epoch = '0123456789ab'): ShippedJournal {
  let offset = 0;
  let prevHash = genesisHash(epoch);
  const journal: ShippedJournal = {
    node,
    epoch,
    batch(records, { klass = 1, at = shipTime } = {}) {
      const body = bodyOf(records);
      const digest = bodyDigest(body);
      const fields = { klass, firstOffset: offset, count: records.length, appendedAt: at, bodyLength: body.length };
      const hash = batchHash(fields, digest, prevHash);
      const batch = { node, epoch, ...fields, prevHash, hash, bodyDigest: digest, body };
      offset += records.length;
      prevHash = hash;
      return batch;
    },
    skip(count) {
      offset += count;
    },
    readings: (...readings) => journal.batch(readings.map((one) => encodeReading(one))),
    record: (kind, body) => journal.batch([encodeRecord(kind, body)], { klass: classOf(kind) }),
  };
  return journal;
}

/** When the batches say that they were appended. */
export const shipTime = Date.UTC(2026, 2, 1, 12);

/** What is left of a batch whose records expired at the edge. */
export const stubOf = (batch: ShippedBatch): ShippedBatch => ({ ...batch, body: undefined });

function bodyOf(records: readonly Buffer[]): Buffer {
  return Buffer.concat(
    records.flatMap((record) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(record.length);
      return [length, record];
    }),
  );
}

/** A reading with all that a test does not care about. */
export const aReading = (about: Partial<Reading> = {}): Reading => ({
  device: 'pump-7',
  takenAt: shipTime,
  receivedAt: shipTime + 5,
  values: { temperature: 21.5 },
  quality: 0,
  ...about,
});

/** A named reading, taken `seq` seconds after the others. */
export const aNamed = (seq: number, about: Partial<Reading> = {}): Reading =>
  aReading({
    boot: 1,
    seq,
    takenAt: shipTime + seq * 1_000,
    receivedAt: shipTime + seq * 1_000 + 5,
    values: { temperature: 20 + (seq % 10) / 10, humidity: 40 + (seq % 7) },
    ...about,
  });
