import { type Batch, type Journal, visitRecords } from '@selvedge/journal';
import { describeFailure, type Log, type Service, service } from '@selvedge/kernel';
import { classOf, decodeRecord, type JsonRecord, readingClasses } from '@selvedge/protocol';
import type { Derived, ReadingColumns } from '../../ports.ts';

export interface FollowerParts {
  readonly journal: Journal;
  readonly log: Log;
  /** Judges rows; without a sink only the state is built. */
  readonly rows: (columns: ReadingColumns, from: number, to: number, sink: Derived | undefined) => void;
  /** Reads a reading record into columns; false when it is none. */
  readonly decode: (columns: ReadingColumns, body: Buffer, start: number, end: number, offset: number) => boolean;
  readonly emptyColumns: () => ReadingColumns;
  readonly clearColumns: (columns: ReadingColumns) => void;
  /** Makes what was derived durable and tells the world; false when too much is waiting already. */
  readonly publish: (records: readonly JsonRecord[]) => boolean;
  /** Tells the world again of what was durable before a crash: perhaps nobody was told. */
  readonly repeat: (records: readonly JsonRecord[]) => void;
  readonly idle: () => boolean;
  /** Offset from which readings are read again to build the windows; at most the cursor's. */
  readonly warmFrom: number;
}

export interface Follower extends Service {
  /** Takes durable rows as they come. */
  live(columns: ReadingColumns, from: number, to: number): void;
  /** Everything derived is durable: the cursor may move. */
  settle(): void;
  /** First offset that is not judged yet. */
  readonly next: number;
}

/**
 * Reads readings by cursor: from memory while it keeps up, from the journal after a start. Its cursor moves only when
 * what was derived is durable, and what was derived before a crash is not derived twice, because its name is the same.
 */
export function follower(parts: FollowerParts): Follower {
  const { journal } = parts;
  const cursor = journal.cursor('rules', { classes: readingClasses, holds: true });
  const derived: Derived = { alerts: [], commands: [], statistics: [] };
  let known: Set<string> | undefined;
  let next = Math.min(parts.warmFrom, cursor.offset);
  let isLive = false;

  const settle = (): void => {
    if (parts.idle() && next > cursor.offset) cursor.advance(next);
  };

  const judgeRows = (columns: ReadingColumns, from: number, to: number): void => {
    let at = from;
    while (at < to && columns.offset[at]! < next) at += 1;
    if (at === to) return;
    let warm = at;
    while (warm < to && columns.offset[warm]! < cursor.offset) warm += 1;
    if (warm > at) parts.rows(columns, at, warm, undefined);
    if (to > warm) parts.rows(columns, warm, to, derived);
    next = columns.offset[to - 1]! + 1;
    if (derived.alerts.length > 0 || derived.commands.length > 0) publish();
    settle();
  };

  const publish = (): void => {
    const records: JsonRecord[] = [
      ...derived.alerts.map((body) => ({ kind: 'alert', body }) as const),
      ...derived.commands.map((body) => ({ kind: 'command', body }) as const),
    ];
    derived.alerts.length = 0;
    derived.commands.length = 0;
    const fresh = records.filter((record) => !isKnown(record));
    if (fresh.length < records.length) parts.repeat(records.filter(isKnown));
    if (fresh.length > 0 && !parts.publish(fresh)) parts.log.error('derived.refused', { count: fresh.length });
  };

  const isKnown = ({ body }: JsonRecord): boolean => known?.has((body as { id: string }).id) ?? false;

  const catchUp = async (signal: AbortSignal): Promise<void> => {
    known = await derivedNames(journal, cursor.offset);
    const columns = parts.emptyColumns();
    for (let head = -1; head !== journal.head.offset; ) {
      head = journal.head.offset;
      for await (const batch of journal.read(next, { classes: readingClasses })) {
        signal.throwIfAborted();
        readBatch(columns, batch);
      }
      next = Math.max(next, head);
    }
    known = undefined;
    isLive = true;
    settle();
  };

  const readBatch = (columns: ReadingColumns, batch: Batch): void => {
    visitRecords(batch, (body, start, end, offset) => void parts.decode(columns, body, start, end, offset));
    if (columns.count > 0) judgeRows(columns, 0, columns.count);
    parts.clearColumns(columns);
    next = Math.max(next, batch.firstOffset + batch.count);
  };

  return {
    ...service({
      start(signal) {
        catchUp(signal).catch((cause: unknown) => {
          if (!signal.aborted) parts.log.error('rules.stopped', describeFailure(cause));
        });
      },
      stop: () => undefined,
    }),
    live(columns, from, to) {
      if (isLive) judgeRows(columns, from, to);
    },
    settle,
    get next() {
      return next;
    },
  };
}

/** Names of alerts and commands that were journaled for readings from `offset` on. */
async function derivedNames(journal: Journal, offset: number): Promise<Set<string>> {
  const names = new Set<string>();
  for await (const batch of journal.read(offset, { classes: [classOf('alert')] })) {
    visitRecords(batch, (body, start, end) => {
      const record = decodeRecord(body, start, end);
      if (record.ok && (record.value.kind === 'alert' || record.value.kind === 'command'))
        names.add(record.value.body.id);
    });
  }
  return names;
}
