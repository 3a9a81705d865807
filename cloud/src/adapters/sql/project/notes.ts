import { type Kysely, sql } from 'kysely';
import { bulk } from '../bulk.ts';
import type { Tables } from '../tables.ts';
import type { Gathered, Poison } from './gather.ts';

/** The part of a step that only writes down: statistics, quarantine, ledger rows, folds, gaps, corrections of time, and what is set aside. */
export interface Notes {
  write(db: Kysely<Tables>, gathered: Gathered, poison: readonly Poison[], at: number): Promise<void>;
}

export function notes(db: Kysely<Tables>): Notes {
  const { statistic, quarantined, ledger, fold, gap, time, aside } = statements(db);
  return {
    async write(on, gathered, poison, at) {
      const statistics = gathered.statistics.map(({ body }) => body);
      await statistic.run(
        on,
        statistics.map((one) => [one.device, one.windowFrom, one.windowTo, JSON.stringify(one.metrics)]),
      );
      await quarantined.run(
        on,
        gathered.quarantine.map(({ node, body: { source, topic, receivedAt, reason, why, payload, payloadBytes } }) =>
          columns(node, source, topic, receivedAt, reason, why, payload, payloadBytes),
        ),
      );
      const rows = gathered.ledger.flatMap(({ journal, body }) => body.rows.map((row) => ({ ...row, journal })));
      await ledger.run(
        on,
        rows.map(({ journal, source, received, refused, duplicates, quarantined: kept, journaled }) =>
          columns(journal, source, received, refused, duplicates, kept, journaled),
        ),
      );
      await fold.run(on, gathered.fold.flatMap(foldColumns));
      await gap.run(
        on,
        gathered.gap.map(({ journal, offset, body }) =>
          columns(journal, offset, body.lane, body.from, body.to, body.count, body.reason, body.at),
        ),
      );
      await time.run(
        on,
        gathered.time.map(({ journal, body: { from, to, by, at, unknown = null } }) => [
          journal,
          from,
          to,
          by ?? 0,
          at,
          unknown,
        ]),
      );
      await aside.run(
        on,
        poison.map((one) => [one.journal, 0, one.offset, one.count, one.code, one.message, at, one.bytes]),
      );
    },
  };
}

const columns = (...values: readonly unknown[]): readonly unknown[] => values;

/** Aggregates, for series; what was only counted stays in the log, where the audit finds it. */
const foldColumns = ({ journal, body: { offsets, rows } }: Gathered['fold'][number]): (readonly unknown[])[] =>
  rows.flatMap(({ source, policy, count, aggregate }) => {
    if (!aggregate) return [];
    const { count: told, from, to, metrics } = aggregate;
    return [columns(journal, offsets.from, offsets.to, source, policy, count, told, from, to, JSON.stringify(metrics))];
  });

function statements(db: Kysely<Tables>) {
  const counts = { received: 0, refused: 0, duplicates: 0, quarantined: 0, journaled: 0 };
  const sums = Object.keys(counts).map((name) => [
    name,
    sql`${sql.ref(`ledger.${name}`)} + ${sql.ref(`excluded.${name}`)}`,
  ]);
  const place = { first_offset: 0, count: 0 };
  return {
    statistic: bulk(
      db
        .insertInto('statistic')
        .values({ device: '', window_from: 0, window_to: 0, metrics: '' })
        // A rule's replay gives the same window again.
        .onConflict((conflict) =>
          conflict
            .columns(['device', 'window_to', 'window_from'])
            .doUpdateSet((eb) => ({ metrics: eb.ref('excluded.metrics') })),
        ),
    ),
    quarantined: bulk(
      db.insertInto('quarantined').values({
        node: '',
        source: '',
        topic: '',
        received_at: 0,
        reason: '',
        why: '',
        payload: '',
        payload_bytes: 0,
      }),
    ),
    ledger: bulk(
      db
        .insertInto('ledger')
        .values({ journal: 0, source: '', ...counts })
        .onConflict((conflict) => conflict.columns(['journal', 'source']).doUpdateSet(Object.fromEntries(sums))),
    ),
    fold: bulk(
      db
        .insertInto('fold')
        .values({
          journal: 0,
          from_offset: 0,
          to_offset: 0,
          source: '',
          policy: '',
          count: 0,
          told: 0,
          taken_from: 0,
          taken_to: 0,
          metrics: '',
        })
        // What was told of one closing by two records is one account; the audit tells if they do not fit.
        .onConflict((conflict) => conflict.doNothing()),
    ),
    gap: bulk(
      db
        .insertInto('gap')
        .values({ journal: 0, offset: 0, lane: '', from_offset: 0, to_offset: 0, count: 0, reason: '', at: 0 }),
    ),
    time: bulk(
      db
        .insertInto('time_correction')
        .values({ journal: 0, from_offset: 0, to_offset: 0, by: 0, at: 0, unknown: '' })
        .onConflict((conflict) => conflict.doNothing()),
    ),
    aside: bulk(
      db
        .insertInto('aside')
        .values({ journal: 0, whole: 0, ...place, code: '', message: '', at: 0, body: new Uint8Array() })
        .onConflict((conflict) => conflict.doNothing()),
    ),
  };
}
