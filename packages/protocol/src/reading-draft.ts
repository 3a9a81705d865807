import { Buffer } from 'node:buffer';
import { type Reading, type Value, valueNames } from './reading.ts';
import { readingSizeMax, writeReading } from './record/reading-v1.ts';
import { type Shape, type Shapes, shapes } from './shape.ts';

/** A reading under construction. A door reuses one, so that a busy node allocates nothing but the values themselves. */
export interface ReadingDraft {
  /** In the order of `valueNames`, kept by `addValue`. */
  readonly names: string[];
  readonly values: Value[];
  /** How many of `names` and `values` count. */
  count: number;
  /** Negative: the payload carried no time. */
  takenAt: number;
  /** Negative: the device does not number its readings. */
  boot: number;
  seq: number;
}

export const emptyDraft = (): ReadingDraft => ({ names: [], values: [], count: 0, takenAt: -1, boot: -1, seq: -1 });

export function clearDraft(draft: ReadingDraft): void {
  draft.count = 0;
  draft.takenAt = -1;
  draft.boot = -1;
  draft.seq = -1;
}

/** The record of a whole reading, for those who hold one as an object: tests, tools and the audit. Inverse of `readReading`. */
export function encodeReading(reading: Reading, table: Shapes = sharedShapes): Buffer {
  const names = valueNames(reading.values);
  const values = names.map((name) => reading.values[name]!);
  const shape: Shape = table.of(names, values, names.length);
  const fields = {
    deviceUtf8: Buffer.from(reading.device, 'utf8'),
    shape,
    values,
    takenAt: reading.takenAt,
    receivedAt: reading.receivedAt,
    boot: reading.boot ?? -1,
    seq: reading.seq ?? -1,
    quality: reading.quality,
  };
  const room = Buffer.alloc(readingSizeMax(fields));
  return room.subarray(0, writeReading(room, 0, fields));
}

const sharedShapes = shapes();
