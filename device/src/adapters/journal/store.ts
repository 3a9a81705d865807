import { Buffer } from 'node:buffer';
import { type Batch, type Cursor, type Disk, type Journal, journal } from '@selvedge/journal';
import { type Clock, days, type Entropy, isFault, type Log, millis } from '@selvedge/kernel';
import { deviceFaults } from '../../faults.ts';
import { type OutboxLane, outboxLanes, type Store, type StoredReading } from '../../ports.ts';

export interface JournalStoreOptions {
  readonly dir: string;
  /** Bytes of readings that may wait. */
  readonly sizeMax: number;
}

export interface JournalStoreWorld {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly entropy: Entropy;
  readonly log: Log;
}

const classes = [...outboxLanes, 'notes'] as const;
const classOf = (name: (typeof classes)[number]): number => classes.indexOf(name);
const readingClasses = outboxLanes.map(classOf);
const notesClass = classOf('notes');

/** A device's memory in a journal: a class for each lane of the outbox, and one for notes. */
export function journalStore(options: JournalStoreOptions, world: JournalStoreWorld): Store {
  const segmentSize = Math.min(4 * 2 ** 20, Math.max(64 * 2 ** 10, Math.ceil(options.sizeMax / 8)));
  // The window bounds what waits; the journal may be larger by what is acknowledged but shares a segment with what is not.
  const sizeMax = options.sizeMax * 2 + segmentSize * 4;
  const kept: Journal = journal(
    {
      dir: options.dir,
      classes: classes.map((name) => ({ name, bytesMax: sizeMax, ageMax: days(36_500) })),
      sizeMax,
      segmentSize,
      keep: millis(0),
    },
    world,
  );
  const cursors = new Map<string, Cursor>();
  let trimmable = 0;

  const appendTo = (klass: number, bytes: Uint8Array): number => {
    try {
      return kept.append(klass, bytes);
    } catch (cause) {
      if (!isFault(cause, 'JOURNAL_FULL')) throw cause;
      trim();
      throw deviceFaults('OUTBOX_FULL', cause.message, cause.facts, cause);
    }
  };

  const trim = (): void => {
    trimmable = 0;
    kept.retain().catch((cause: unknown) => world.log.warn('outbox.untrimmed', { message: String(cause) }));
  };

  return {
    async open(signal) {
      await kept.start(signal);
      for (const name of classes) cursors.set(name, kept.cursor(name, { classes: [classOf(name)], holds: true }));
      const notes: unknown[] = [];
      for await (const { bytes } of records(kept, cursors.get('notes')!.offset, [notesClass])) {
        notes.push(JSON.parse(Buffer.from(bytes).toString('utf8')));
      }
      return notes;
    },
    append: (lane, payload) => appendTo(classOf(lane), payload),
    note: (note) => void appendTo(notesClass, Buffer.from(JSON.stringify(note), 'utf8')),
    async compact(note) {
      const at = appendTo(notesClass, Buffer.from(JSON.stringify(note), 'utf8'));
      await kept.commit();
      cursors.get('notes')!.advance(at);
      await kept.flush();
    },
    commit: () => kept.commit(),
    get head() {
      return kept.head.offset;
    },
    async *readings(from) {
      for await (const { offset, klass, bytes } of records(kept, from, readingClasses)) {
        yield { offset, lane: classes[klass] as OutboxLane, payload: bytes } satisfies StoredReading;
      }
    },
    grown: (offset, signal) => kept.grown(offset, signal),
    passed(lane, offset) {
      const cursor = cursors.get(lane)!;
      // An expendable reading may give way before it is durable, and a cursor does not go beyond what is.
      const to = Math.min(offset, kept.head.offset);
      if (to <= cursor.offset) return;
      trimmable += to - cursor.offset;
      cursor.advance(to);
      if (trimmable > trimEvery) trim();
    },
    first: (lane) => cursors.get(lane)!.offset,
    async close() {
      await kept.flush().catch(() => undefined);
      await kept.stop();
    },
  };
}

/** Places passed before the journal is asked to give back disk. */
const trimEvery = 1_000;

async function* records(
  kept: Journal,
  from: number,
  klasses: readonly number[],
): AsyncIterable<{ offset: number; klass: number; bytes: Uint8Array }> {
  for await (const batch of kept.read(from, { classes: klasses })) {
    if (!klasses.includes(batch.klass)) continue;
    for (const { offset, bytes } of recordsOf(batch)) {
      if (offset >= from) yield { offset, klass: batch.klass, bytes };
    }
  }
}

/** The records of a batch: each `length:u32le bytes`. */
function* recordsOf(batch: Batch): Iterable<{ offset: number; bytes: Uint8Array }> {
  if (!batch.body) return;
  const view = new DataView(batch.body.buffer, batch.body.byteOffset, batch.body.byteLength);
  for (let at = 0, index = 0; index < batch.count; index++) {
    const length = view.getUint32(at, true);
    yield { offset: batch.firstOffset + index, bytes: batch.body.subarray(at + 4, at + 4 + length) };
    at += 4 + length;
  }
}
