import { type Kysely, sql } from 'kysely';
import { chunkRows, cutRows, planDays, splitByDay, tailRows } from '../../../engines/telemetry/chunk-plan.ts';
import type { ReadingRow } from '../../../engines/telemetry/reading-row.ts';
import { summarize } from '../../../engines/telemetry/summary.ts';
import { appendToTail } from '../../../engines/telemetry/tail.ts';
import { bulk } from '../bulk.ts';
import { chunkColumns } from '../chunk-columns.ts';
import type { Chunks } from '../chunks.ts';
import type { Tables } from '../tables.ts';
import type { Arrived, Poison } from './gather.ts';

/** New readings of one device. */
export interface Fresh {
  readonly id: string;
  readonly number: number;
  readonly arrived: readonly Arrived[];
}

/** The telemetry's part of a step: readings go to tails, full tails to chunks. */
export interface ReadingsWriter {
  /** Gives what of the store itself could not be read and had to be set aside. */
  store(db: Kysely<Tables>, fresh: readonly Fresh[]): Promise<readonly Poison[]>;
}

/** New readings of one device from one journal, with the tail they follow. */
interface Growing {
  readonly id: string;
  readonly device: number;
  readonly journal: number;
  readonly arrived: readonly Arrived[];
  readonly tail: { readonly rows: number; readonly body: Uint8Array } | undefined;
}

const nothing = new Uint8Array();

export function readingsWriter(db: Kysely<Tables>, chunks: Chunks): ReadingsWriter {
  const isSmall = sql<boolean>`rows < ${sql.lit(chunkRows)}`;
  const findTail = bulk(db.selectFrom('tail').selectAll().where('device', '=', 0).where('journal', '=', 0));
  const writeTail = bulk(
    db
      .insertInto('tail')
      .values({ device: 0, journal: 0, rows: 0, body: nothing })
      .onConflict((conflict) =>
        conflict
          .columns(['device', 'journal'])
          .doUpdateSet((eb) => ({ rows: eb.ref('excluded.rows'), body: eb.ref('excluded.body') })),
      ),
  );
  const findSmall = bulk(
    db
      .selectFrom('chunk')
      .select(['id', 'device', 'journal', 'day', 'rows'])
      .where('device', '=', 0)
      .where('journal', '=', 0)
      .where(isSmall),
  );
  const openChunk = bulk(db.selectFrom('chunk').select(['id', 'body']).where('id', '=', 0));
  const removeChunk = bulk(db.deleteFrom('chunk').where('id', '=', 0));
  const writeChunk = bulk(
    db.insertInto('chunk').values({ device: 0, journal: 0, day: 0, ...chunkColumns(summarize([])), body: nothing }),
  );

  async function withTails(on: Kysely<Tables>, fresh: readonly Fresh[]): Promise<readonly Growing[]> {
    const growing = fresh.flatMap(({ id, number, arrived }) =>
      [...Map.groupBy(arrived, (one) => one.journal)].map(([journal, from]) => ({
        id,
        device: number,
        journal,
        arrived: from,
      })),
    );
    const tails = await findTail.run(
      on,
      growing.map(({ device, journal }) => [device, journal]),
    );
    const byPair = new Map(tails.map((tail) => [`${tail.device}/${tail.journal}`, tail]));
    return growing.map((one) => ({ ...one, tail: byPair.get(`${one.device}/${one.journal}`) }));
  }

  /** The small chunks of each device and journal whose tail is full. */
  async function smallChunks(on: Kysely<Tables>, full: readonly Growing[]) {
    const rows = await findSmall.run(
      on,
      full.map(({ device, journal }) => [device, journal]),
    );
    return Map.groupBy(rows, (row) => `${row.device}/${row.journal}`);
  }

  return {
    async store(on, fresh) {
      const poison: Poison[] = [];
      const tails: unknown[][] = [];
      const removed: number[][] = [];
      const written: unknown[][] = [];
      const growing = await withTails(on, fresh);
      const isFull = ({ tail, arrived }: Growing): boolean => (tail?.rows ?? 0) + arrived.length >= tailRows;
      const small = await smallChunks(on, growing.filter(isFull));

      for (const one of growing) {
        const { id, device, journal, arrived, tail } = one;
        if (!isFull(one)) {
          tails.push([
            device,
            journal,
            (tail?.rows ?? 0) + arrived.length,
            appendToTail(tail?.body ?? nothing, arrived),
          ]);
          continue;
        }
        if (tail?.rows !== 0) tails.push([device, journal, 0, nothing]);
        const before = openTail(one, poison);
        const days = splitByDay([...before, ...arrived.map(({ row }) => row)]);
        for (const plan of planDays(days, small.get(`${device}/${journal}`) ?? [])) {
          const merged = await openChunks(on, id, plan.merge);
          for (const { chunk } of merged) removed.push([chunk]);
          const rows = [...merged.flatMap((one) => one.rows), ...plan.rows].sort((a, b) => a.offset - b.offset);
          for (const piece of cutRows(rows)) {
            const columns = chunkColumns(summarize(piece));
            written.push([device, journal, plan.day, ...Object.values(columns), chunks.codec.encode(piece)]);
          }
        }
      }
      await writeTail.run(on, tails);
      await removeChunk.run(on, removed);
      await writeChunk.run(on, written);
      return poison;
    },
  };

  /** A tail that cannot be read must not stop the log: its bytes are set aside, and the audit names what it held. */
  function openTail({ id, journal, arrived, tail }: Growing, poison: Poison[]): readonly ReadingRow[] {
    if (!tail || tail.rows === 0) return [];
    const rows = chunks.tail(id, tail.body);
    if (rows.ok) return rows.value;
    const { offset } = arrived[0]!;
    const message = `the tail of ${id}: ${rows.why}`;
    poison.push({ journal, offset, count: tail.rows, code: 'TAIL_UNREADABLE', message, bytes: Buffer.from(tail.body) });
    return [];
  }

  /** A chunk that cannot be read stays where it is, for the audit to name. */
  async function openChunks(on: Kysely<Tables>, device: string, ids: readonly number[]) {
    const found = await openChunk.run(
      on,
      ids.map((id) => [id]),
    );
    return found.flatMap(({ id, body }) => {
      const rows = chunks.chunk(device, body);
      return rows.ok ? [{ chunk: id, rows: rows.value }] : [];
    });
  }
}
