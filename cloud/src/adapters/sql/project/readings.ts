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

/** Rows to write or take away at the end of a step, as the parameters of their statements. */
interface Writes {
  readonly tails: unknown[][];
  readonly removed: unknown[][];
  readonly written: unknown[][];
}

const nothing = new Uint8Array();
const isFull = ({ tail, arrived }: Growing): boolean => (tail?.rows ?? 0) + arrived.length >= tailRows;

export function readingsWriter(db: Kysely<Tables>, chunks: Chunks): ReadingsWriter {
  const { findTail, writeTail, findSmall, openChunk, removeChunk, writeChunk } = statements(db);

  return {
    async store(on, fresh) {
      const writes: Writes = { tails: [], removed: [], written: [] };
      const poison: Poison[] = [];
      const growing = await withTails(on, fresh);
      const full = growing.filter(isFull);
      const pairs = full.map(({ device, journal }) => [device, journal]);
      const small = Map.groupBy(await findSmall.run(on, pairs), (row) => `${row.device}/${row.journal}`);
      for (const one of growing) {
        const { device, journal, tail, arrived } = one;
        if (isFull(one)) await cut(on, one, small.get(`${device}/${journal}`) ?? [], writes, poison);
        else
          writes.tails.push([
            device,
            journal,
            (tail?.rows ?? 0) + arrived.length,
            appendToTail(tail?.body ?? nothing, arrived),
          ]);
      }
      await writeTail.run(on, writes.tails);
      await removeChunk.run(on, writes.removed);
      await writeChunk.run(on, writes.written);
      return poison;
    },
  };

  async function withTails(on: Kysely<Tables>, fresh: readonly Fresh[]): Promise<readonly Growing[]> {
    const growing = fresh.flatMap(({ id, number: device, arrived }) =>
      [...Map.groupBy(arrived, (one) => one.journal)].map(([journal, from]) => ({
        id,
        device,
        journal,
        arrived: from,
      })),
    );
    const pairs = growing.map(({ device, journal }) => [device, journal]);
    const tails = new Map((await findTail.run(on, pairs)).map((tail) => [`${tail.device}/${tail.journal}`, tail]));
    return growing.map((one) => ({ ...one, tail: tails.get(`${one.device}/${one.journal}`) }));
  }

  /** Empties a full tail into chunks, together with the small chunks that these can fill. */
  async function cut(
    on: Kysely<Tables>,
    one: Growing,
    small: Parameters<typeof planDays>[1],
    writes: Writes,
    poison: Poison[],
  ): Promise<void> {
    const { id, device, journal, arrived, tail } = one;
    if (tail?.rows !== 0) writes.tails.push([device, journal, 0, nothing]);
    const days = splitByDay([...openTail(one, poison), ...arrived.map(({ row }) => row)]);
    for (const plan of planDays(days, small)) {
      const rows = [...plan.rows];
      for (const chunk of await openChunk.run(
        on,
        plan.merge.map((chunkId) => [chunkId]),
      )) {
        const opened = chunks.chunk(id, chunk.body);
        // A chunk that cannot be read stays where it is, for the audit to name.
        if (!opened.ok) continue;
        rows.push(...opened.value);
        writes.removed.push([chunk.id]);
      }
      for (const piece of cutRows(rows.sort((a, b) => a.offset - b.offset))) {
        const summary = Object.values(chunkColumns(summarize(piece)));
        writes.written.push([device, journal, plan.day, ...summary, chunks.codec.encode(piece)]);
      }
    }
  }

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
}

function statements(db: Kysely<Tables>) {
  return {
    findTail: bulk(db.selectFrom('tail').selectAll().where('device', '=', 0).where('journal', '=', 0)),
    writeTail: bulk(
      db
        .insertInto('tail')
        .values({ device: 0, journal: 0, rows: 0, body: nothing })
        .onConflict((conflict) =>
          conflict
            .columns(['device', 'journal'])
            .doUpdateSet((eb) => ({ rows: eb.ref('excluded.rows'), body: eb.ref('excluded.body') })),
        ),
    ),
    findSmall: bulk(
      db
        .selectFrom('chunk')
        .select(['id', 'device', 'journal', 'day', 'rows'])
        .where('device', '=', 0)
        .where('journal', '=', 0)
        // The number stands in the text, so that the partial index of small chunks serves.
        .where('rows', '<', sql.lit(chunkRows)),
    ),
    openChunk: bulk(db.selectFrom('chunk').select(['id', 'body']).where('id', '=', 0)),
    removeChunk: bulk(db.deleteFrom('chunk').where('id', '=', 0)),
    writeChunk: bulk(
      db.insertInto('chunk').values({ device: 0, journal: 0, day: 0, ...chunkColumns(summarize([])), body: nothing }),
    ),
  };
}
