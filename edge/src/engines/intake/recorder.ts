import type { Journal } from '@selvedge/journal';
import { describeFailure, type Log } from '@selvedge/kernel';
import { type CommandAnswer, classOf, encodeRecord, readingSizeMax, shapes, writeReading } from '@selvedge/protocol';
import type { ReadingColumns } from '../../ports.ts';
import { type ColumnsRow, clearColumns, emptyColumns, pushRow } from './columns.ts';
import type { DeviceTable } from './devices.ts';
import type { IntakeSink } from './intake.ts';

export interface RecorderParts {
  readonly journal: Journal;
  readonly devices: DeviceTable;
  readonly log: Log;
  /** Rows `[from, to)` are durable, in the order of the journal; valid during the call. */
  readonly onDurable: (columns: ReadingColumns, from: number, to: number) => void;
  readonly onAnswer: (device: string, answer: CommandAnswer) => void;
}

export interface Recorder extends IntakeSink {
  /** Settles when all taken since the last call is durable; rejects when any of it was refused. */
  commit(): Promise<void>;
}

/**
 * Appends what the intake decided, keeps readings by column until they are durable, and hands them on then: nobody ever
 * judges or ships what a power cut could take back.
 */
export function recorder(parts: RecorderParts): Recorder {
  const { journal, devices } = parts;
  const columns = emptyColumns();
  const row: ColumnsRow = {
    offset: 0,
    device: 0,
    takenAt: 0,
    receivedAt: 0,
    boot: -1,
    seq: -1,
    shape: shapes().of([], [], 0),
  };
  const readingClass = classOf('reading');
  let handed = 0;
  let watched = Promise.resolve();
  let returned = watched;
  let refusal: unknown;

  const handOver = (): void => {
    const durable = journal.head.offset;
    const from = handed;
    while (handed < columns.count && columns.offset[handed]! < durable) {
      if (columns.boot[handed]! >= 0)
        devices.settle(columns.device[handed]!, columns.boot[handed]!, columns.seq[handed]!);
      handed += 1;
    }
    if (handed > from) parts.onDurable(columns, from, handed);
    if (handed === columns.count) {
      clearColumns(columns);
      handed = 0;
    }
  };

  const giveUp = (cause: unknown, commit: Promise<void>): void => {
    handOver();
    clearColumns(columns);
    handed = 0;
    devices.forgetUnsettled();
    // A refusal that nobody was waiting for yet must reach the next who asks, or it would pass for durable.
    if (commit !== returned) refusal = cause;
    parts.log.warn('intake.refused', describeFailure(cause));
  };

  /** The journal gives all records of one commit the same promise; one look at its end is enough. */
  const watch = (): void => {
    const commit = journal.commit();
    if (commit === watched) return;
    watched = commit;
    commit.then(handOver, (cause: unknown) => giveUp(cause, commit));
  };

  return {
    reading(device, fields) {
      const room = journal.reserve(readingClass, readingSizeMax(fields));
      row.offset = journal.fill(writeReading(room.bytes, room.at, fields));
      row.device = device;
      row.takenAt = fields.takenAt;
      row.receivedAt = fields.receivedAt;
      row.boot = fields.boot;
      row.seq = fields.seq;
      row.shape = fields.shape;
      pushRow(columns, row, fields.values);
      watch();
    },
    status(status) {
      journal.append(classOf('status'), encodeRecord('status', status));
      watch();
    },
    quarantine(one) {
      journal.append(classOf('quarantine'), encodeRecord('quarantine', one));
      watch();
    },
    answer(device, answer) {
      parts.onAnswer(device, answer);
      watch();
    },
    commit() {
      if (refusal !== undefined) {
        const cause = refusal;
        refusal = undefined;
        return Promise.reject(cause);
      }
      returned = watched;
      return watched;
    },
  };
}
