import type { Buffer } from 'node:buffer';
import { type Journal, visitRecords } from '@selvedge/journal';
import type { TimeCorrection } from '@selvedge/protocol';
import { type Alert, classOf, decodeRecord, type JsonRecord, type Reading, readReading } from '@selvedge/protocol';

/** A reading and its offset. */
export type Placed = Reading & { readonly offset: number };

/** Every reading that is still in a journal, in its order. */
export async function* readingsIn(journal: Journal): AsyncIterable<Placed> {
  for await (const { body, start, end, offset } of recordsIn(journal, classOf('reading'))) {
    const record = readReading(body, start, end);
    // What is no reading is a poisoned record, which the cloud must set aside.
    if (record.ok) yield { ...record.value, offset };
  }
}

/** Every alert that is still in a journal, in its order. */
export async function* alertsIn(journal: Journal): AsyncIterable<Alert & { readonly offset: number }> {
  for await (const one of textsIn(journal, classOf('alert')))
    if (one.record.kind === 'alert') yield { ...one.record.body, offset: one.offset };
}

/** Every correction of time that is still in a journal. */
export async function* correctionsIn(journal: Journal): AsyncIterable<TimeCorrection> {
  for await (const one of textsIn(journal, classOf('time'))) if (one.record.kind === 'time') yield one.record.body;
}

async function* textsIn(
  journal: Journal,
  klass: number,
): AsyncIterable<{ readonly record: JsonRecord; readonly offset: number }> {
  for await (const { body, start, end, offset } of recordsIn(journal, klass)) {
    const record = decodeRecord(body, start, end);
    if (record.ok) yield { record: record.value, offset };
  }
}

interface Place {
  readonly body: Buffer;
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

async function* recordsIn(journal: Journal, klass: number): AsyncIterable<Place> {
  for await (const batch of journal.read(0, { classes: [klass] })) {
    const places: Place[] = [];
    visitRecords(batch, (body, start, end, offset) => void places.push({ body, start, end, offset }));
    yield* places;
  }
}
