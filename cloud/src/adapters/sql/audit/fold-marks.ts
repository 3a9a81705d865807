import { hash } from 'node:crypto';
import type { Fold } from '@selvedge/protocol';
import type { Kysely } from 'kysely';
import type { Places } from '../../../engines/audit/places.ts';
import type { FoldTableRow, Tables } from '../tables.ts';
import { sumMax } from './policy.ts';

/** What fold records of the log say, to be held against the table `fold`; a few bytes by source, whatever its history. */
export interface FoldMarks {
  add(fold: Fold): void;
  /** Marks of records that have gone from the log. */
  addMarks(source: string, rows: number, sum: number): void;
  /** By source, of what was added. */
  readonly marks: ReadonlyMap<string, Readonly<Mark>>;
  /** Names the sources for which the table says something else. */
  compare(db: Kysely<Tables>, journal: number, places: Places): Promise<void>;
}

/** Rows of a source, and the sum of their fingerprints: equal sets have equal marks, in whatever order they come. */
export interface Mark {
  rows: number;
  sum: number;
}

export type FoldMarkRow = Omit<FoldTableRow, 'journal'>;

const pageRows = 1_000;

/** Of closings up to `prunedTo` the table has nothing any more. */
export function foldMarks(prunedTo = 0): FoldMarks {
  const logged = new Map<string, Mark>();
  return {
    marks: logged,
    addMarks(source, rows, sum) {
      const mark = logged.get(source) ?? { rows: 0, sum: 0 };
      logged.set(source, { rows: mark.rows + rows, sum: (mark.sum + sum) % sumMax });
    },
    add({ offsets, rows }) {
      if (offsets.to <= prunedTo) return;
      for (const { source, policy, count, aggregate } of rows)
        if (aggregate)
          markFold(logged, {
            from_offset: offsets.from,
            to_offset: offsets.to,
            ...{ source, policy, count },
            told: aggregate.count,
            taken_from: aggregate.from,
            taken_to: aggregate.to,
            metrics: JSON.stringify(aggregate.metrics),
          });
    },
    async compare(db, journal, places) {
      const kept = new Map<string, Mark>();
      for await (const row of foldRows(db, journal)) markFold(kept, row);
      for (const source of new Set([...logged.keys(), ...kept.keys()])) {
        const [is, should] = [kept.get(source), logged.get(source)];
        if ((is?.rows ?? 0) === (should?.rows ?? 0) && (is?.sum ?? 0) === (should?.sum ?? 0)) continue;
        places.add(0, `the folds of ${source} are other than their records in the log say`);
      }
    },
  };
}

/** Adds a fold to the mark of its source. */
export function markFold(marks: Map<string, Mark>, row: FoldMarkRow): void {
  const mark = marks.get(row.source) ?? { rows: 0, sum: 0 };
  const { from_offset, to_offset, source, policy, count, told, taken_from, taken_to, metrics } = row;
  const text = [from_offset, to_offset, source, policy, count, told, taken_from, taken_to, metrics];
  mark.rows += 1;
  mark.sum = (mark.sum + hash('sha256', JSON.stringify(text), 'buffer').readUIntBE(0, 6)) % sumMax;
  marks.set(row.source, mark);
}

async function* foldRows(db: Kysely<Tables>, journal: number): AsyncGenerator<FoldMarkRow> {
  for (let after = { to: -1, from: -1, source: '' }, left = true; left; ) {
    const page = await db
      .selectFrom('fold')
      .selectAll()
      .where('journal', '=', journal)
      .where(({ eb, refTuple, tuple }) =>
        eb(refTuple('to_offset', 'from_offset', 'source'), '>', tuple(after.to, after.from, after.source)),
      )
      .orderBy('to_offset')
      .orderBy('from_offset')
      .orderBy('source')
      .limit(pageRows)
      .execute();
    yield* page;
    const last = page.at(-1);
    if (last) after = { to: last.to_offset, from: last.from_offset, source: last.source };
    left = page.length === pageRows;
  }
}
