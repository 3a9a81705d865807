import { addInterval, type Interval } from '@selvedge/protocol';
import { type Kysely, sql } from 'kysely';
import { pack } from '../../engines/telemetry/zstd.ts';
import type { BatchMark, Held, IngestLog, ShippedBatch } from '../../ports.ts';
import { bulk } from './bulk.ts';
import { findJournal, journalNumber } from './journals.ts';
import { readPruned } from './retention/pruned.ts';
import type { Tables } from './tables.ts';

/** The ingest log in the database. `setAside` is told the time by the caller. */
export type LogTable = Omit<IngestLog, 'setAside'> & {
  setAside(batch: ShippedBatch, code: string, message: string, at: number): Promise<void>;
};

const nothing = new Uint8Array();

export function logTable(db: Kysely<Tables>): LogTable {
  const insert = bulk(
    db.insertInto('log').values({
      journal: 0,
      first_offset: 0,
      count: 0,
      klass: 0,
      appended_at: 0,
      prev_hash: nothing,
      hash: nothing,
      body_digest: nothing,
      body_length: 0,
      body: nothing,
    }),
  );
  return {
    async owner(epoch) {
      const row = await db.selectFrom('journal').select('node').where('epoch', '=', epoch).executeTakeFirst();
      return row?.node;
    },

    async held(node, epoch) {
      const journal = await findJournal(db, node, epoch);
      return journal === undefined ? [] : knownRuns(db, journal);
    },

    async prunedTo(node, epoch) {
      const journal = await findJournal(db, node, epoch);
      return journal === undefined ? 0 : (await readPruned(db, journal)).log_to;
    },

    async marks(node, epoch, range) {
      const journal = await findJournal(db, node, epoch);
      return journal === undefined ? [] : batchMarks(db, journal, range);
    },

    async append(batches, held) {
      const [first] = batches;
      if (!first) return;
      const bodies = batches.map((batch) => (batch.body === undefined ? null : pack(batch.body)));
      await db.transaction().execute(async (trx) => {
        const journal = await journalNumber(trx, first.node, first.epoch);
        const rows = batches.map((batch, index) => [
          journal,
          batch.firstOffset,
          batch.count,
          batch.klass,
          batch.appendedAt,
          batch.prevHash,
          batch.hash,
          batch.bodyDigest,
          batch.bodyLength,
          bodies[index]!,
        ]);
        await insert.run(trx, rows);
        await replaceHeld(trx, journal, touched(batches, held));
      });
    },

    async setAside(batch, code, message, at) {
      await db.transaction().execute(async (trx) => {
        const journal = await journalNumber(trx, batch.node, batch.epoch);
        const { firstOffset, count, body = nothing } = batch;
        await trx
          .insertInto('aside')
          .values({ journal, whole: 1, first_offset: firstOffset, count, code, message, at, body })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      });
    },

    async aside({ node, limit }) {
      const rows = await db
        .selectFrom('aside')
        .innerJoin('journal', 'journal.id', 'aside.journal')
        .select(['node', 'epoch', 'first_offset', 'count', 'code', 'message', 'at', 'body'])
        .$if(node !== undefined, (query) => query.where('node', '=', node!))
        .orderBy('aside.id', 'desc')
        .limit(limit)
        .execute();
      return rows.map(({ first_offset, ...row }) => ({ ...row, offset: first_offset }));
    },

    async acknowledged(node, epoch) {
      const journal = await findJournal(db, node, epoch);
      return journal === undefined ? [] : acknowledgedRuns(db, journal);
    },
  };
}

async function batchMarks(db: Kysely<Tables>, journal: number, [from, to]: Interval): Promise<readonly BatchMark[]> {
  const rows = await db
    .selectFrom('log')
    .select(['first_offset', 'count', 'hash'])
    .where('journal', '=', journal)
    .where('first_offset', '<', to)
    // The batch before may reach into the range; those before that one cannot.
    .where('first_offset', '>=', (eb) =>
      eb.fn.coalesce(
        eb
          .selectFrom('log as before')
          .select((one) => one.fn.max('before.first_offset').as('first_offset'))
          .where('before.journal', '=', journal)
          .where('before.first_offset', '<=', from),
        sql.lit(0),
      ),
    )
    .orderBy('first_offset')
    .execute();
  const marks = rows
    .filter((row) => row.first_offset + row.count > from)
    .map((row) => ({ firstOffset: row.first_offset, count: row.count, hash: row.hash }));
  const { log_to: prunedTo, log_hash: hash } = await readPruned(db, journal);
  // Of what has gone the hash at its end is known.
  return from < prunedTo && prunedTo <= to ? [{ firstOffset: prunedTo - 1, count: 1, hash }, ...marks] : marks;
}

/** What the log holds or held: a beginning that went by policy counts, so that it is neither shipped nor taken again. */
async function knownRuns(db: Kysely<Tables>, journal: number): Promise<readonly Held[]> {
  const runs = await heldRuns(db, journal);
  const { log_to: to, log_hash: hash } = await readPruned(db, journal);
  if (to === 0) return runs;
  const [first, ...rest] = runs;
  const gone: Held = { from: 0, to, before: nothing, after: hash };
  return first?.from === to ? [{ ...first, from: 0, before: nothing }, ...rest] : [gone, ...runs];
}

export async function heldRuns(db: Kysely<Tables>, journal: number): Promise<readonly Held[]> {
  const rows = await db.selectFrom('held').selectAll().where('journal', '=', journal).orderBy('from_offset').execute();
  return rows.map((row) => ({ from: row.from_offset, to: row.to_offset, before: row.before, after: row.after }));
}

export async function acknowledgedRuns(db: Kysely<Tables>, journal: number): Promise<readonly Interval[]> {
  const held = (await knownRuns(db, journal)).map((run): Interval => [run.from, run.to]);
  const aside = await db
    .selectFrom('aside')
    .select(['first_offset', 'count'])
    .where('journal', '=', journal)
    .where('whole', '=', 1)
    .execute();
  return aside.reduce<readonly Interval[]>(
    (all, row) => addInterval(all, [row.first_offset, row.first_offset + row.count]),
    // Runs that touch stay apart in the table only if their hashes do not chain, which the audit tells.
    held.reduce<readonly Interval[]>(addInterval, []),
  );
}

/** The runs that hold one of the batches; the others stand in the table already. */
function touched(batches: readonly ShippedBatch[], held: readonly Held[]): readonly Held[] {
  const runs = batches.map((batch) => held.find((run) => run.from <= batch.firstOffset && batch.firstOffset < run.to));
  return [...new Set(runs)].filter((run) => run !== undefined);
}

async function replaceHeld(db: Kysely<Tables>, journal: number, runs: readonly Held[]): Promise<void> {
  if (runs.length === 0) return;
  const { log_to: prunedTo, log_hash: hash } = await readPruned(db, journal);
  for (const run of runs) {
    const { to, after } = run;
    const [from, before] = run.from < prunedTo ? [prunedTo, hash] : [run.from, run.before];
    await db
      .deleteFrom('held')
      .where('journal', '=', journal)
      .where('from_offset', '>=', from)
      .where('from_offset', '<', to)
      .execute();
    await db.insertInto('held').values({ journal, from_offset: from, to_offset: to, before, after }).execute();
  }
}
