import type { Kysely } from 'kysely';
import { claimNames, runsOf, type SeqRun } from '../../../engines/names/claim-names.ts';
import { bulk } from '../bulk.ts';
import type { Tables } from '../tables.ts';
import type { Arrived } from './gather.ts';

/** Finds readings whose name was stored before, and remembers the names of the others. */
export interface Names {
  /** Those of each device that are new, in their order. Unnamed readings are always new. */
  claim(
    db: Kysely<Tables>,
    devices: readonly { readonly number: number; readonly arrived: readonly Arrived[] }[],
  ): Promise<ReadonlyMap<number, readonly Arrived[]>>;
}

interface Group {
  readonly device: number;
  readonly boot: number;
  readonly arrived: Arrived[];
}

export function names(db: Kysely<Tables>): Names {
  const find = bulk(
    db
      .selectFrom('name')
      .select(['device', 'boot', 'seq_from', 'seq_to'])
      .where('device', '=', 0)
      .where('boot', '=', 0)
      // From the last run that begins at or before `from` …
      .where('seq_from', '>=', (eb) =>
        eb.fn.coalesce(
          eb
            .selectFrom('name as before')
            .select((one) => one.fn.max('before.seq_from').as('seq_from'))
            .where('before.device', '=', 0)
            .where('before.boot', '=', 0)
            .where('before.seq_from', '<=', 0),
          eb.val(0),
        ),
      )
      // … to the last one that touches `to`.
      .where('seq_from', '<=', 0)
      .orderBy('seq_from'),
  );
  const remove = bulk(db.deleteFrom('name').where('device', '=', 0).where('boot', '=', 0).where('seq_from', '=', 0));
  const write = bulk(
    db
      .insertInto('name')
      .values({ device: 0, boot: 0, seq_from: 0, seq_to: 0 })
      .onConflict((conflict) =>
        conflict.columns(['device', 'boot', 'seq_from']).doUpdateSet((eb) => ({ seq_to: eb.ref('excluded.seq_to') })),
      ),
  );

  return {
    async claim(on, devices) {
      const groups = groupByBoot(devices);
      const wanted = [...groups.values()].flatMap(({ device, boot, arrived }) =>
        runsOf(arrived.map((one) => one.row.seq)).map((run) => [
          device,
          boot,
          device,
          boot,
          run.from,
          run.from,
          run.to,
        ]),
      );
      const kept = new Map<string, Map<number, SeqRun>>();
      for (const row of await find.run(on, wanted)) {
        const key = `${row.device}/${row.boot}`;
        let runs = kept.get(key);
        if (!runs) kept.set(key, (runs = new Map()));
        runs.set(row.seq_from, { from: row.seq_from, to: row.seq_to });
      }
      const removed: number[][] = [];
      const written: number[][] = [];
      const known = new Set<Arrived>();
      for (const [key, { device, boot, arrived }] of groups) {
        const runs = [...(kept.get(key)?.values() ?? [])].sort((one, other) => one.from - other.from);
        const claimed = claimNames(
          runs,
          arrived.map((one) => one.row.seq),
        );
        for (const [index, fresh] of claimed.fresh.entries()) if (!fresh) known.add(arrived[index]!);
        for (const from of claimed.removed) removed.push([device, boot, from]);
        for (const run of claimed.written) written.push([device, boot, run.from, run.to]);
      }
      await remove.run(on, removed);
      await write.run(on, written);
      return new Map(
        devices.map(({ number, arrived }) => [
          number,
          known.size === 0 ? arrived : arrived.filter((one) => !known.has(one)),
        ]),
      );
    },
  };
}

function groupByBoot(
  devices: readonly { readonly number: number; readonly arrived: readonly Arrived[] }[],
): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  for (const { number, arrived } of devices) {
    for (const one of arrived) {
      if (one.row.boot < 0) continue;
      const key = `${number}/${one.row.boot}`;
      const group = groups.get(key);
      if (group) group.arrived.push(one);
      else groups.set(key, { device: number, boot: one.row.boot, arrived: [one] });
    }
  }
  return groups;
}
