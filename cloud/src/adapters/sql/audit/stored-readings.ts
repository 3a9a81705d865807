import type { Kysely } from 'kysely';
import { dayOf } from '../../../engines/telemetry/chunk-plan.ts';
import type { ReadingRow } from '../../../engines/telemetry/reading-row.ts';
import { summarize } from '../../../engines/telemetry/summary.ts';
import { chunkColumns } from '../chunk-columns.ts';
import type { Chunks } from '../chunks.ts';
import type { Tables } from '../tables.ts';

/** The readings of one chunk or tail, or what is wrong with it. */
export interface StoredReadings {
  /** Undefined when the registry does not know the device. */
  readonly device: string | undefined;
  readonly number: number;
  readonly offset: number;
  readonly rows: readonly ReadingRow[];
  readonly wrong: string | undefined;
}

export interface StoredPart {
  readonly journal: number;
  /** Offsets from here to before `to`; chunks that only touch the range come whole. */
  readonly from: number;
  readonly to: number;
}

/** Chunks opened between two pauses. */
const pageChunks = 32;

/** All that telemetry holds of a part of a journal, chunk by chunk and tail by tail. */
export async function* storedReadings(
  db: Kysely<Tables>,
  chunks: Chunks,
  part: StoredPart,
): AsyncGenerator<readonly StoredReadings[]> {
  let after = { offset: Number.NEGATIVE_INFINITY, id: 0 };
  for (let left = true; left; ) {
    const page = await db
      .selectFrom('chunk')
      .leftJoin('device', 'device.number', 'chunk.device')
      .selectAll('chunk')
      .select('device.id as name')
      .where('journal', '=', part.journal)
      .where('offset_from', '<', part.to)
      .where('offset_from', '>=', after.offset)
      .where('offset_to', '>=', part.from)
      .where((eb) => eb.or([eb('offset_from', '>', after.offset), eb('chunk.id', '>', after.id)]))
      .orderBy('offset_from')
      .orderBy('chunk.id')
      .limit(pageChunks)
      .execute();
    yield page.map(({ name, ...chunk }) => {
      const { device: number, offset_from: offset, id, body } = chunk;
      const rows = chunks.chunk(name ?? '', body);
      const there = { device: name ?? undefined, number, offset };
      if (!rows.ok) return { ...there, rows: [], wrong: `chunk ${id} cannot be read: ${rows.why}` };
      const summary = { day: dayOf(chunk.taken_to), ...chunkColumns(summarize(rows.value)) };
      const unfit = Object.entries(summary).find(([column, value]) => chunk[column as keyof typeof summary] !== value);
      const wrong = unfit && `the ${unfit[0]} of chunk ${id} does not fit its readings`;
      return { ...there, rows: rows.value, wrong };
    });
    const last = page.at(-1);
    if (last) after = { offset: last.offset_from, id: last.id };
    left = page.length === pageChunks;
  }
  yield* storedTails(db, chunks, part.journal);
}

const pageTails = 256;

async function* storedTails(
  db: Kysely<Tables>,
  chunks: Chunks,
  journal: number,
): AsyncGenerator<readonly StoredReadings[]> {
  for (let after = 0, left = true; left; ) {
    const page = await db
      .selectFrom('tail')
      .leftJoin('device', 'device.number', 'tail.device')
      .select(['tail.device', 'tail.rows', 'tail.body', 'device.id as name'])
      .where('journal', '=', journal)
      .where('tail.device', '>', after)
      .orderBy('tail.device')
      .limit(pageTails)
      .execute();
    yield page.map(({ device: number, rows: count, body, name }) => {
      const rows = chunks.tail(name ?? '', body);
      const there = { device: name ?? undefined, number };
      if (!rows.ok) return { ...there, offset: 0, rows: [], wrong: `the tail of ${name} cannot be read: ${rows.why}` };
      const offset = rows.value[0]?.offset ?? 0;
      const wrong =
        rows.value.length === count
          ? undefined
          : `the tail of ${name} says ${count} readings and has ${rows.value.length}`;
      return { ...there, offset, rows: rows.value, wrong };
    });
    after = page.at(-1)?.device ?? after;
    left = page.length === pageTails;
  }
}
