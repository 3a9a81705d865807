import { type Batch, type Journal, visitRecords } from '@selvedge/journal';
import { defineMetrics, describeFailure, type Log, type Service, service } from '@selvedge/kernel';
import { type LedgerRow, quality, type Reading, readingClasses } from '@selvedge/protocol';
import type { ReadingColumns, Treatment, WrittenRecord } from '../../ports.ts';
import { type Account, closingRecords, emptyAccount, foldRows } from './accounts.ts';
import { foldMetrics } from './metrics.ts';
import { type Recalled, recall } from './recall.ts';
import { redactedRecord } from './redacted.ts';
import { window } from './window.ts';

export interface BooksParts {
  readonly journal: Journal;
  readonly log: Log;
  readonly devices: {
    idOf(device: number): string;
    countTerm(device: number, term: 'journaled', amount: number): void;
    closeLedger(): LedgerRow[];
  };
  readonly decode: (columns: ReadingColumns, body: Buffer, start: number, end: number, offset: number) => boolean;
  readonly emptyColumns: () => ReadingColumns;
  readonly clearColumns: (columns: ReadingColumns) => void;
  readonly valuesOf: (columns: ReadingColumns, row: number) => Reading['values'];
  /** What is made of a reading that stayed here; undefined where nothing has policies any more. */
  readonly treat: ((columns: ReadingColumns, row: number) => Treatment) | undefined;
  /** Journals derived records; false when too many wait. */
  readonly write: (records: readonly WrittenRecord[], durable: () => void) => boolean;
  /** Nothing derived waits for the disk. */
  readonly idle: () => boolean;
  /** Milliseconds between two closings. */
  readonly period: number;
  readonly now: number;
}

/**
 * Keeps the books of the node: counts by source what was journaled and what stayed at the site, makes aggregates and
 * redacted readings of the latter, and closes regularly: each closing names the offsets that it accounts for and begins
 * where the one before ended. It reads every reading by a cursor of its own, and what it had told before a crash it does
 * not tell twice.
 */
export interface Books extends Service {
  /** Takes durable rows as they come. */
  live(columns: ReadingColumns, from: number, to: number): void;
  /** Closes the books, at once or as soon as nothing derived waits for the disk. */
  close(now: number): void;
  /** Nothing derived waits any more. */
  settle(): void;
  /** First offset that is not in the books yet. */
  readonly next: number;
  metrics(): string;
}

export function books(parts: BooksParts): Books {
  const { journal, devices, treat } = parts;
  const metrics = defineMetrics(foldMetrics);
  const cursor = journal.cursor('books', { classes: readingClasses, holds: true, start: journal.head.offset });
  const accounts = new Map<number, Account>();
  let next = cursor.offset;
  let closedTo = cursor.offset;
  let closedAt = parts.now;
  let due: number | undefined;
  let recalled: Recalled | undefined;
  let isOpen = false;
  let isLive = false;
  let reading: Promise<void> | undefined;
  const ended = new AbortController();

  const accountOf = (device: number): Account => {
    let account = accounts.get(device);
    if (!account) accounts.set(device, (account = emptyAccount()));
    return account;
  };

  /** One row; false when what it derives finds no room, and it must be taken again. */
  const takeRow = (columns: ReadingColumns, row: number): boolean => {
    const bits = columns.quality[row]!;
    const device = columns.device[row]!;
    const { isTold, isKeptTold } = recalled ? whatIsTold(recalled, columns.offset[row]!, devices.idOf(device)) : fresh;
    if ((bits & (quality.folded | quality.withheld)) !== 0) {
      const treatment = treat?.(columns, row);
      if ((bits & quality.partly) !== 0 && treatment && !isTold && !redact(columns, row, treatment)) return false;
      keep(columns, row, treatment, !isKeptTold);
    }
    if (!isTold) devices.countTerm(device, 'journaled', 1);
    return true;
  };

  const keep = (columns: ReadingColumns, row: number, treatment: Treatment | undefined, counts: boolean): void => {
    const account = accountOf(columns.device[row]!);
    const isFolded = (columns.quality[row]! & quality.folded) !== 0;
    account.policy = treatment?.policy ?? '';
    if (counts) account[isFolded ? 'folded' : 'withheld'] += 1;
    if (counts) metrics[isFolded ? 'folded' : 'withheld'].add(1);
    if (!isFolded) return;
    account.interval = treatment?.interval ?? 0;
    account.window ??= window(closedTo, closedAt);
    account.window.add(columns, row, treatment?.numbers ?? []);
  };

  const redact = (columns: ReadingColumns, row: number, { open, klass }: Treatment): boolean => {
    if (open.length === 0) return true;
    const device = devices.idOf(columns.device[row]!);
    const body = redactedRecord(columns, row, device, parts.valuesOf(columns, row), open);
    const known = recalled?.redacted;
    const bytes = known && known.size > 0 ? body.toString('latin1') : '';
    const durable = known?.get(bytes) ?? 0;
    if (durable > 0) {
      known!.set(bytes, durable - 1);
      return true;
    }
    if (!parts.write([{ kind: 'reading', body, klass }], () => undefined)) return false;
    metrics.redacted.add(1);
    return true;
  };

  /** Rows up to where there is no room; true when all were taken. */
  const take = (columns: ReadingColumns, from: number, to: number): boolean => {
    let row = from;
    while (row < to && columns.offset[row]! < next) row += 1;
    for (; row < to; row++) {
      if (recalled) passBoundaries(columns.offset[row]!);
      if (!takeRow(columns, row)) return false;
      next = columns.offset[row]! + 1;
    }
    return true;
  };

  /** Ends the aggregates that were told in closings before `offset`, and completes the last of these. */
  const passBoundaries = (offset: number): void => {
    const { last, aggregated } = recalled!;
    for (const [to, sources] of aggregated) {
      if (to > offset || to <= closedTo) continue;
      for (const [device, account] of accounts) if (sources.includes(devices.idOf(device))) account.window = undefined;
    }
    for (const to of [...aggregated.keys()].sort((a, b) => a - b)) if (to <= offset) closedTo = Math.max(closedTo, to);
    if (!last || last.to > offset) return;
    closedTo = last.to;
    closedAt = last.ended;
    const kept = [...accounts].flatMap(([device, one]) => foldRows(devices.idOf(device), one, false));
    const untold = devices.closeLedger();
    const offsets = { from: last.from, to: last.to };
    const records = closingRecords({ from: last.began, to: last.ended }, offsets, untold, kept, journal.head.offset);
    if (records.length > 0) parts.write(records, () => undefined);
    recalled = { ...recalled!, last: undefined, aggregated: new Map() };
  };

  const catchUp = async (): Promise<void> => {
    const columns = parts.emptyColumns();
    for (let head = -1; head !== journal.head.offset; ) {
      head = journal.head.offset;
      for await (const batch of journal.read(next, { classes: readingClasses })) {
        ended.signal.throwIfAborted();
        if (!takeBatch(columns, batch)) return stall();
      }
      if (recalled) passBoundaries(head);
      next = Math.max(next, head);
    }
    recalled = undefined;
    isLive = true;
  };

  const takeBatch = (columns: ReadingColumns, batch: Batch): boolean => {
    visitRecords(batch, (body, start, end, offset) => void parts.decode(columns, body, start, end, offset));
    const isWhole = take(columns, 0, columns.count);
    parts.clearColumns(columns);
    if (isWhole) next = Math.max(next, batch.firstOffset + batch.count);
    return isWhole;
  };

  /** What did not find room is read again from the journal when there is room. */
  const stall = (): void => {
    isLive = false;
    metrics.stalls.add(1);
  };

  const read = (): void => {
    reading ??= catchUp()
      .catch((cause: unknown) => {
        if (!ended.signal.aborted) parts.log.error('books.stopped', describeFailure(cause));
      })
      .finally(() => (reading = undefined));
  };

  const closeNow = (now: number): void => {
    due = undefined;
    const isDue = ({ window: one, interval }: Account): boolean =>
      one !== undefined && Math.abs(now - one.began) >= interval - parts.period / 2;
    const to = next;
    const doors = devices.closeLedger();
    const kept = [...accounts].flatMap(([device, one]) => foldRows(devices.idOf(device), one, isDue(one)));
    for (const row of kept) if (row.aggregate) metrics.aggregates.add(1);
    // Aggregates may be due although nothing was journaled since.
    const offsets = to > closedTo || kept.length > 0 ? { from: closedTo, to } : undefined;
    const times = { from: closedAt, to: now };
    const records = closingRecords(times, offsets, doors, kept, journal.head.offset);
    for (const [device, one] of accounts) if (!one.window) accounts.delete(device);
    closedAt = now;
    if (records.length === 0) return;
    const held = Math.min(to, ...Array.from(accounts.values(), (one) => one.window!.since));
    if (offsets) closedTo = to;
    metrics.closings.add(1);
    parts.write(records, () => cursor.advance(Math.max(cursor.offset, held)));
  };

  return {
    ...service({
      async start() {
        recalled = await recall(journal, cursor.offset);
        isOpen = true;
        // A new cursor must say where the books begin before there is anything to count.
        await journal.flush();
        read();
      },
      async stop() {
        ended.abort();
        await reading;
      },
    }),
    live(columns, from, to) {
      if (isLive && !take(columns, from, to)) stall();
    },
    close(now) {
      if (isLive && parts.idle()) closeNow(now);
      else due = now;
    },
    settle() {
      // Nothing is counted before it is known what an earlier life has told.
      if (isOpen && !isLive && !reading && !ended.signal.aborted) read();
      if (isLive && due !== undefined && parts.idle()) closeNow(due);
    },
    get next() {
      return next;
    },
    metrics: () => metrics.expose(),
  };
}

/** What earlier closings have said of a reading. */
interface Told {
  readonly isTold: boolean;
  readonly isKeptTold: boolean;
}

const fresh: Told = { isTold: false, isKeptTold: false };

/** What earlier closings have told already of a reading of the source at the offset. */
function whatIsTold({ last, toldByDoors, toldAsKept }: Recalled, offset: number, source: string): Told {
  if (!last || offset >= last.to) return fresh;
  const isBefore = offset < last.from;
  return { isTold: isBefore || toldByDoors.has(source), isKeptTold: isBefore || toldAsKept.has(source) };
}
