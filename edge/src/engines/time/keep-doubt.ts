import { Buffer } from 'node:buffer';
import { type Batch, type Journal, visitRecords } from '@selvedge/journal';
import { classOf, decodeRecord, quality, readingClasses, recordKind } from '@selvedge/protocol';
import type { Snapshots } from '../../ports.ts';
import { addRun, type Told, unknownRun, withoutRun } from './corrections.ts';
import type { TimeKeeper } from './time-keeper.ts';

/** Lets the doubt about what was timed last longer than the process. */
export interface DoubtKeeper {
  /** To be done before anything is taken in. */
  restore(): Promise<void>;
  /** To be done every few seconds; writes the snapshot if there is anything new. */
  save(): Promise<void>;
}

const snapshotName = 'clock';

interface Saved {
  readonly epoch: string;
  /** From here on the journal knows more. */
  readonly offset: number;
  readonly untold: readonly Told[];
}

/**
 * What is untold is a snapshot and what the journal says since: marked readings that no correction speaks of. So nothing
 * has to be written before a reading is taken, and a crash loses no doubt, whenever it comes. Of offsets behind the
 * snapshot nobody can say any more how the clock went.
 */
export function doubtKeeper(
  time: Pick<TimeKeeper, 'restore' | 'untold'>,
  journal: Journal,
  snapshots: Snapshots,
): DoubtKeeper {
  let head = journal.head.offset;
  let saved = '';

  return {
    async restore() {
      const bytes = await snapshots.read(snapshotName);
      const found = bytes && (JSON.parse(bytes.toString('utf8')) as Saved);
      const isOurs = found?.epoch === journal.epoch && found.offset <= head;
      time.restore(await untoldSince(journal, isOurs ? found.offset : 0, isOurs ? found.untold : []));
    },
    async save() {
      // What was durable at the time before has been settled since.
      const offset = head;
      head = journal.head.offset;
      const text = JSON.stringify({ epoch: journal.epoch, offset, untold: time.untold } satisfies Saved);
      if (text === saved) return;
      await snapshots.write(snapshotName, Buffer.from(text));
      saved = text;
    },
  };
}

async function untoldSince(journal: Journal, offset: number, known: readonly Told[]): Promise<readonly Told[]> {
  const knownTo = known.at(-1)?.to ?? 0;
  let untold = known;
  /** Whether every reading since the last run was marked too, so that it goes on. */
  let goesOn = false;
  const mark = (at: number): void => {
    const last = untold.at(-1);
    const from = goesOn && last?.unknown === 'restarted' ? last.to : at;
    untold = addRun(untold, unknownRun(from, at + 1, 'restarted'));
    goesOn = true;
  };
  const take = (batch: Batch): void =>
    visitRecords(batch, (body, start, end, at) => {
      if (body[start] === recordKind.reading) {
        if ((body[start + 3]! & quality.clockUnsure) === 0) goesOn = false;
        else if (at >= Math.max(offset, knownTo)) mark(at);
      } else if (body[start] === recordKind.time) {
        const record = decodeRecord(body, start, end);
        if (record.ok && record.value.kind === 'time')
          untold = withoutRun(untold, record.value.body.from, record.value.body.to);
      }
    });
  const classes = [...new Set([...readingClasses, classOf('time')])];
  for await (const batch of journal.read(offset, { classes })) take(batch);
  return untold;
}
