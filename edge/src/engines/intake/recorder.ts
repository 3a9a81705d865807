import type { Journal } from '@selvedge/journal';
import { describeFailure, type Log } from '@selvedge/kernel';
import {
  type CommandAnswer,
  classOf,
  encodeRecord,
  localClass,
  readingSizeMax,
  shapes,
  writeReading,
} from '@selvedge/protocol';
import type { NamedPublish, ReadingColumns } from '../../ports.ts';
import { type ColumnsRow, clearColumns, emptyColumns, pushRow } from './columns.ts';
import type { DeviceTable } from './devices.ts';
import type { IntakeSink } from './intake.ts';
import { ledgerOfName } from './named-publishes.ts';
import { ledgerOf, type Receipt } from './receipts.ts';

export interface RecorderParts {
  readonly journal: Journal;
  readonly devices: DeviceTable;
  readonly log: Log;
  /** Wall time. */
  readonly now: () => number;
  /** A commit ended: rows `[from, to)`, perhaps none, are durable, in the order of the journal; valid during the call. */
  readonly onDurable: (columns: ReadingColumns, from: number, to: number) => void;
  readonly onAnswer: (device: string, answer: CommandAnswer) => void;
  /** Gives why it is unfit. */
  readonly onTwin: (device: string, reported: unknown) => string | undefined;
}

export interface Recorder extends IntakeSink {
  /** The commit of what was taken last: settles when all that was taken before is durable, or rejects. */
  readonly latest: Promise<void>;
  /** Throws unless so many bytes of readings can be appended in this turn, all of them into one batch. */
  makeRoom(size: number): void;
  receipt(receipt: Receipt): void;
  name(named: NamedPublish): void;
}

const emptyRow = (): ColumnsRow => ({
  offset: 0,
  device: 0,
  takenAt: 0,
  receivedAt: 0,
  boot: -1,
  seq: -1,
  quality: 0,
  shape: shapes().of([], [], 0),
});

/**
 * Appends what the intake decided, keeps readings by column until they are durable, and hands them on then: nobody ever
 * judges or ships what a power cut could take back.
 */
export function recorder(parts: RecorderParts): Recorder {
  const { journal, devices } = parts;
  const row: ColumnsRow = emptyRow();
  const readingClass = classOf('reading');
  const spare: ReadingColumns[] = [];
  let current = emptyColumns();
  let watched = Promise.resolve();
  /** Room that was asked for and not used yet, and the class of the reading that came last. */
  let wanted = 0;
  let named = readingClass;

  const recycle = (columns: ReadingColumns): void => {
    clearColumns(columns);
    spare.push(columns);
  };

  const handOver = (columns: ReadingColumns): void => {
    for (let i = 0; i < columns.count; i++) {
      if (columns.boot[i]! >= 0) devices.settle(columns.device[i]!, columns.boot[i]!, columns.seq[i]!);
    }
    parts.onDurable(columns, 0, columns.count);
    recycle(columns);
  };

  const giveUp = (columns: ReadingColumns, cause: unknown, commit: Promise<void>): void => {
    for (let i = 0; i < columns.count; i++) {
      const [device, boot] = [columns.device[i]!, columns.boot[i]!];
      devices.countTerm(device, 'refused', 1);
      if (boot >= 0) devices.resends.refused(device, boot, columns.seq[i]!, parts.now());
    }
    recycle(columns);
    devices.forgetUnsettled();
    // What is taken next may be a duplicate of something durable, which this refusal does not concern.
    if (commit === watched) watched = Promise.resolve();
    parts.log.warn('intake.refused', describeFailure(cause));
  };

  /** Watches the commit that what was just appended belongs to; the journal gives all records of one the same promise. */
  const watch = (): void => {
    const commit = journal.commit();
    if (commit === watched) return;
    const columns = spare.pop() ?? emptyColumns();
    watched = commit;
    current = columns;
    commit.then(
      () => handOver(columns),
      (cause: unknown) => giveUp(columns, cause, commit),
    );
  };

  return {
    reading(device, fields, klass) {
      // The room that was asked for is in a batch of the usual class; what goes elsewhere needs its own.
      if (wanted > 0 && klass !== readingClass) journal.reserve(klass, wanted);
      wanted = 0;
      named = klass;
      const room = journal.reserve(klass, readingSizeMax(fields));
      row.offset = journal.fill(writeReading(room.bytes, room.at, fields));
      row.device = device;
      row.takenAt = fields.takenAt;
      row.receivedAt = fields.receivedAt;
      row.boot = fields.boot;
      row.seq = fields.seq;
      row.quality = fields.quality;
      row.shape = fields.shape;
      watch();
      pushRow(current, row, fields.values);
    },
    status(status) {
      journal.append(classOf('status'), encodeRecord('status', status));
      watch();
    },
    quarantine(one) {
      journal.append(classOf('quarantine'), encodeRecord('quarantine', one));
      watch();
    },
    twin(device, reported) {
      const why = parts.onTwin(device, reported);
      watch();
      return why;
    },
    answer(device, answer) {
      parts.onAnswer(device, answer);
      watch();
    },
    // A record reserved and not filled is forgotten, but the batch that has room for it stays open for smaller ones.
    makeRoom(size) {
      journal.reserve(readingClass, size);
      wanted = size;
      named = readingClass;
    },
    receipt(receipt) {
      journal.append(besides(named), encodeRecord('ledger', ledgerOf(receipt)));
      watch();
    },
    name(publish) {
      journal.append(besides(named), encodeRecord('ledger', ledgerOfName(publish)));
      watch();
    },
    get latest() {
      return watched;
    },
  };
}

/** Where a record goes that belongs to readings of a class: in their batch, unless that holds readings alone. */
const besides = (klass: number): number => (klass === localClass ? classOf('reading') : klass);
