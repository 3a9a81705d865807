import type { FoldMetric } from '@selvedge/protocol';
import { type Kysely, sql } from 'kysely';
import { dayBegin, dayOf } from '../../engines/telemetry/chunk-plan.ts';
import { type ReadingRow, toReading } from '../../engines/telemetry/reading-row.ts';
import { series } from '../../engines/telemetry/series.ts';
import type { MetricSummary } from '../../engines/telemetry/summary.ts';
import type { Telemetry } from '../../ports.ts';
import { type Chunks, opened } from './chunks.ts';
import type { Tables } from './tables.ts';

export function telemetryTable(db: Kysely<Tables>, chunks: Chunks): Telemetry {
  /** One snapshot for all of a question: between two of its statements a merge may replace the chunks it has named. */
  const snapshot = <Answer>(ask: (stored: Stored) => Promise<Answer>): Promise<Answer> =>
    db
      .transaction()
      .setAccessMode('read only')
      .execute((trx) => ask(stored(trx, chunks)));

  return {
    readings: (device, range) =>
      snapshot(async ({ find, tails, places, open }) => {
        const number = range.to > range.from && range.limit >= 1 ? await find(device) : undefined;
        if (number === undefined) return [];
        const inRange = (row: ReadingRow): boolean => row.takenAt >= range.from && row.takenAt < range.to;
        let found = (await tails(device, number)).filter(inRange);
        for await (const place of places(number, range)) {
          // Places come by their first reading, so what is older than this one's can no longer change.
          const settled = found.filter((row) => row.takenAt < place.taken_from).length;
          if (settled >= range.limit) break;
          found = found.concat((await open(device, place.id)).filter(inRange));
        }
        return found.sort(byTime).slice(0, range.limit).map(toReading);
      }),

    series: (device, metric, range) =>
      snapshot(async ({ find, tails, places, open, folds }) => {
        const number = range.to > range.from ? await find(device) : undefined;
        if (number === undefined) return [];
        const folded = series(metric, range);
        for (const row of await tails(device, number)) folded.addRow(row);
        for await (const place of places(number, range)) {
          const metrics = JSON.parse(place.metrics) as readonly MetricSummary[];
          if (folded.addSummary(place.taken_from, place.taken_to, metrics)) continue;
          for (const row of await open(device, place.id)) folded.addRow(row);
        }
        for await (const one of folds(device, range))
          folded.addFold(one.taken_from, one.taken_to, JSON.parse(one.metrics) as readonly FoldMetric[]);
        return folded.points();
      }),

    async metrics(device) {
      const row = await db.selectFrom('device').select('latest').where('id', '=', device).executeTakeFirst();
      const latest = Object.entries(JSON.parse(row?.latest ?? '{}'));
      const folded = await db
        .selectFrom('fold')
        .select('metrics')
        .where('source', '=', device)
        .orderBy('taken_from', 'desc')
        .limit(1)
        .executeTakeFirst();
      const told = JSON.parse(folded?.metrics ?? '[]') as readonly FoldMetric[];
      const names = latest.flatMap(([name, value]) => (typeof value === 'string' ? [] : [name]));
      return [...new Set([...names, ...told.map(({ metric }) => metric)])].sort((one, other) => (one < other ? -1 : 1));
    },

    async statistics(device, limit) {
      const rows = await db
        .selectFrom('statistic')
        .select(['window_from as windowFrom', 'window_to as windowTo', 'metrics'])
        .where('device', '=', device)
        .orderBy('window_to', 'desc')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ ...row, metrics: JSON.parse(row.metrics) }));
    },
  };
}

interface ChunkPlace {
  readonly id: number;
  readonly taken_from: number;
  readonly taken_to: number;
  readonly metrics: string;
}

/** Where the readings of one device lie. */
interface Stored {
  find(device: string): Promise<number | undefined>;
  tails(device: string, number: number): Promise<readonly ReadingRow[]>;
  /** Chunks that may hold a part of the range, by their first reading. */
  places(number: number, range: { readonly from: number; readonly to: number }): AsyncIterable<ChunkPlace>;
  open(device: string, chunk: number): Promise<readonly ReadingRow[]>;
  /** Aggregates of readings that stayed at the site, which may reach into the range. */
  folds(device: string, range: { readonly from: number; readonly to: number }): AsyncIterable<FoldPlace>;
}

interface FoldPlace {
  readonly taken_from: number;
  readonly taken_to: number;
  readonly metrics: string;
}

/** An aggregate that began so long before a range has its middle before it. */
const foldReach = 2 * 3_600_000;

/** Chunks named by one query, so that a long range does not fill the memory. */
const pageRows = 256;

function stored(db: Kysely<Tables>, chunks: Chunks): Stored {
  return {
    async find(device) {
      const row = await db.selectFrom('device').select('number').where('id', '=', device).executeTakeFirst();
      return row?.number;
    },

    async tails(device, number) {
      const rows = await db.selectFrom('tail').select('body').where('device', '=', number).execute();
      return rows.flatMap((row) => opened(device, chunks.tail(device, row.body)));
    },

    async *places(number, { from, to }) {
      let after = { taken: Number.NEGATIVE_INFINITY, id: 0 };
      for (;;) {
        const page = await db
          .selectFrom('chunk')
          .select(['id', 'taken_from', 'taken_to', 'metrics'])
          .where('device', '=', number)
          // A chunk never leaves its day, so none that reaches into the range begins before the day of its beginning.
          .where('taken_from', '>=', Math.max(dayBegin(dayOf(from)), after.taken))
          .where('taken_from', '<', to)
          .where('taken_to', '>=', from)
          .where((eb) => eb.or([eb('taken_from', '>', after.taken), eb('id', '>', after.id)]))
          .orderBy('taken_from')
          .orderBy('id')
          .limit(pageRows)
          .execute();
        yield* page;
        const last = page.at(-1);
        if (!last || page.length < pageRows) return;
        after = { taken: last.taken_from, id: last.id };
      }
    },

    async *folds(device, { from, to }) {
      for (let after = { taken: from - foldReach, id: -1 }, left = true; left; ) {
        const page = await db
          .selectFrom('fold')
          .select(['taken_from', 'taken_to', 'metrics', sql<number>`rowid`.as('id')])
          .where('source', '=', device)
          .where('taken_from', '>=', after.taken)
          .where('taken_from', '<', to)
          .where((eb) => eb.or([eb('taken_from', '>', after.taken), eb(sql<number>`rowid`, '>', after.id)]))
          .orderBy('taken_from')
          .orderBy('id')
          .limit(pageRows)
          .execute();
        yield* page;
        const last = page.at(-1);
        if (last) after = { taken: last.taken_from, id: last.id };
        left = page.length === pageRows;
      }
    },

    async open(device, chunk) {
      const row = await db.selectFrom('chunk').select('body').where('id', '=', chunk).executeTakeFirstOrThrow();
      return opened(device, chunks.chunk(device, row.body));
    },
  };
}

const byTime = (one: ReadingRow, other: ReadingRow): number => one.takenAt - other.takenAt || one.offset - other.offset;
