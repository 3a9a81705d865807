import { Buffer } from 'node:buffer';
import { countRecords, forEachRecord } from '@selvedge/journal';
import { decodeRecord, type JsonRecord, type RecordBodies, recordKind } from '@selvedge/protocol';
import { checkRecord } from '../../../engines/ingest/check-record.ts';
import type { ReadingRow } from '../../../engines/telemetry/reading-row.ts';
import type { RecordReader } from '../../../engines/telemetry/record-reader.ts';
import type { RecordPlace } from '../../../engines/telemetry/tail.ts';

/** A batch of the log. `body` is plain; undefined for a stub, and where `damage` says why it cannot be unpacked. */
export interface LoggedBatch {
  readonly journal: number;
  readonly node: string;
  readonly firstOffset: number;
  readonly count: number;
  readonly appendedAt: number;
  readonly body: Buffer | undefined;
  readonly damage: string | undefined;
}

/** A reading of the step, with the bytes of its record. */
export interface Arrived extends RecordPlace {
  readonly journal: number;
  readonly node: string;
  readonly row: ReadingRow;
}

/** Another record of the step. */
export interface ArrivedRecord<Body> {
  readonly journal: number;
  readonly node: string;
  readonly offset: number;
  readonly appendedAt: number;
  readonly body: Body;
}

/** A record that cannot be used, or all of a batch. */
export interface Poison {
  readonly journal: number;
  readonly offset: number;
  readonly count: number;
  readonly code: 'BODY_UNREADABLE' | 'TAIL_UNREADABLE' | 'RECORD_UNREADABLE' | 'RECORD_UNFIT';
  readonly message: string;
  readonly bytes: Buffer;
}

export type Gathered = {
  /** By device, in the order of the log. */
  readonly readings: Map<string, Arrived[]>;
  readonly poison: Poison[];
} & { readonly [Kind in keyof RecordBodies]: ArrivedRecord<RecordBodies[Kind]>[] };

/** Sorts the records of some batches by who consumes them. */
export function gather(batches: readonly LoggedBatch[], reader: RecordReader): Gathered {
  const all: Gathered = {
    readings: new Map(),
    poison: [],
    alert: [],
    command: [],
    commandState: [],
    status: [],
    statistics: [],
    quarantine: [],
    ledger: [],
    gap: [],
    fold: [],
    twin: [],
    configuration: [],
    time: [],
  };
  for (const batch of batches) {
    const { body, damage = '' } = batch;
    if (body === undefined) {
      if (damage !== '') all.poison.push({ ...whole(batch, damage), bytes: Buffer.alloc(0) });
      continue;
    }
    const count = countRecords(body);
    if (count !== batch.count) {
      all.poison.push({ ...whole(batch, `the body holds ${count} records, not ${batch.count}`), bytes: body });
      continue;
    }
    forEachRecord(body, (start, end, index) => {
      const place = { offset: batch.firstOffset + index, bytes: body, start, end };
      const isReading = body[start] === recordKind.reading;
      const poison = isReading ? addReading(all, batch, reader, place) : addRecord(all, batch, place);
      if (poison) all.poison.push(poison);
    });
  }
  return all;
}

const whole = ({ journal, firstOffset, count }: LoggedBatch, message: string) =>
  ({ journal, offset: firstOffset, count, code: 'BODY_UNREADABLE', message }) as const;

function addReading(all: Gathered, batch: LoggedBatch, reader: RecordReader, place: RecordPlace): Poison | undefined {
  const read = reader.read(place.bytes, place.start, place.end, place.offset);
  if (!read.ok) return poisonOf(batch, place, 'RECORD_UNREADABLE', read.why);
  const arrived: Arrived = { ...place, journal: batch.journal, node: batch.node, row: read.value };
  const before = all.readings.get(read.value.device);
  if (before) before.push(arrived);
  else all.readings.set(read.value.device, [arrived]);
  return undefined;
}

function addRecord(all: Gathered, batch: LoggedBatch, place: RecordPlace): Poison | undefined {
  const read = decodeRecord(place.bytes, place.start, place.end);
  if (!read.ok) return poisonOf(batch, place, 'RECORD_UNREADABLE', read.why);
  const fit = checkRecord(read.value);
  if (!fit.ok) return poisonOf(batch, place, 'RECORD_UNFIT', fit.why);
  const { journal, node, appendedAt } = batch;
  const { kind, body } = fit.value;
  const list = all[kind] as ArrivedRecord<JsonRecord['body']>[];
  list.push({ journal, node, offset: place.offset, appendedAt, body });
  return undefined;
}

function poisonOf(
  { journal }: LoggedBatch,
  { offset, bytes, start, end }: RecordPlace,
  code: Poison['code'],
  message: string,
): Poison {
  return { journal, offset, count: 1, code, message, bytes: bytes.subarray(start, end) };
}
