import { type Kysely, sql } from 'kysely';
import { bulk } from '../bulk.ts';
import type { Tables } from '../tables.ts';
import type { Gathered, Poison } from './gather.ts';

/** The part of a step that only writes down: statistics, quarantine, ledger rows, gaps, and what is set aside. */
export interface Notes {
  write(db: Kysely<Tables>, gathered: Gathered, poison: readonly Poison[], at: number): Promise<void>;
}

export function notes(db: Kysely<Tables>): Notes {
  const statistic = bulk(
    db
      .insertInto('statistic')
      .values({ device: '', window_from: 0, window_to: 0, metrics: '' })
      // A rule's replay gives the same window again.
      .onConflict((conflict) =>
        conflict
          .columns(['device', 'window_to', 'window_from'])
          .doUpdateSet((eb) => ({ metrics: eb.ref('excluded.metrics') })),
      ),
  );
  const quarantined = bulk(
    db
      .insertInto('quarantined')
      .values({ node: '', source: '', topic: '', received_at: 0, reason: '', why: '', payload: '', payload_bytes: 0 }),
  );
  const counts = { received: 0, refused: 0, duplicates: 0, quarantined: 0, journaled: 0 };
  const ledger = bulk(
    db
      .insertInto('ledger')
      .values({ journal: 0, source: '', ...counts })
      .onConflict((conflict) =>
        conflict
          .columns(['journal', 'source'])
          .doUpdateSet(
            Object.fromEntries(
              Object.keys(counts).map((name) => [
                name,
                sql`${sql.ref(`ledger.${name}`)} + ${sql.ref(`excluded.${name}`)}`,
              ]),
            ),
          ),
      ),
  );
  const gap = bulk(
    db
      .insertInto('gap')
      .values({ journal: 0, offset: 0, lane: '', from_offset: 0, to_offset: 0, count: 0, reason: '', at: 0 }),
  );
  const aside = bulk(
    db
      .insertInto('aside')
      .values({ journal: 0, whole: 0, first_offset: 0, count: 0, code: '', message: '', at: 0, body: new Uint8Array() })
      .onConflict((conflict) => conflict.doNothing()),
  );

  return {
    async write(on, gathered, poison, at) {
      await statistic.run(
        on,
        gathered.statistics.map(({ body }) => [
          body.device,
          body.windowFrom,
          body.windowTo,
          JSON.stringify(body.metrics),
        ]),
      );
      await quarantined.run(
        on,
        gathered.quarantine.map(({ node, body }) => [
          node,
          body.source,
          body.topic,
          body.receivedAt,
          body.reason,
          body.why,
          body.payload,
          body.payloadBytes,
        ]),
      );
      await ledger.run(
        on,
        gathered.ledger.flatMap(({ journal, body }) =>
          body.rows.map((row) => [
            journal,
            row.source,
            row.received,
            row.refused,
            row.duplicates,
            row.quarantined,
            row.journaled,
          ]),
        ),
      );
      await gap.run(
        on,
        gathered.gap.map(({ journal, offset, body }) => [
          journal,
          offset,
          body.lane,
          body.from,
          body.to,
          body.count,
          body.reason,
          body.at,
        ]),
      );
      await aside.run(
        on,
        poison.map((one) => [one.journal, 0, one.offset, one.count, one.code, one.message, at, one.bytes]),
      );
    },
  };
}
