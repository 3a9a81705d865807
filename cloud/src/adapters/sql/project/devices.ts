import type { Kysely, Selectable } from 'kysely';
import { type DeviceState, type Heard, newDevice } from '../../../engines/registry/fold-device.ts';
import { valuesOf } from '../../../engines/telemetry/reading-row.ts';
import { bulk } from '../bulk.ts';
import type { DeviceRow, Tables } from '../tables.ts';
import type { Arrived } from './gather.ts';

/** A device of a step. `number` is how other tables name it. */
export interface KnownDevice {
  readonly number: number;
  state: DeviceState;
}

/** The registry's part of a step. */
export interface Devices {
  /** Finds devices by id, and gives a row to those that are heard of for the first time. */
  know(
    db: Kysely<Tables>,
    heard: ReadonlyMap<string, { readonly node: string; readonly at: number }>,
  ): Promise<ReadonlyMap<string, KnownDevice>>;
  save(db: Kysely<Tables>, devices: Iterable<KnownDevice>): Promise<void>;
}

export function devices(db: Kysely<Tables>): Devices {
  const columns = columnsOf(newDevice('', '', 0));
  const find = bulk(db.selectFrom('device').selectAll().where('id', '=', ''));
  const create = bulk(
    db
      .insertInto('device')
      .values({ id: '', ...columns })
      .returning('number'),
  );
  const update = bulk(db.updateTable('device').set(columns).where('number', '=', 0));

  return {
    async know(on, heard) {
      const ids = [...heard.keys()];
      const found = await find.run(
        on,
        ids.map((id) => [id]),
      );
      const known = new Map<string, KnownDevice>(
        found.map((row) => [row.id, { number: row.number, state: stateOf(row) }]),
      );
      const unknown = ids.filter((id) => !known.has(id));
      const states = unknown.map((id) => newDevice(id, heard.get(id)!.node, heard.get(id)!.at));
      const created = await create.run(
        on,
        states.map((state, index) => [unknown[index]!, ...Object.values(columnsOf(state))]),
      );
      for (const [index, { number }] of created.entries()) {
        known.set(unknown[index]!, { number, state: states[index]! });
      }
      return known;
    },

    async save(on, all) {
      await update.run(
        on,
        Array.from(all, ({ number, state }) => [...Object.values(columnsOf(state)), number]),
      );
    },
  };
}

/** What the registry hears from readings of one device that came in one step; `stored` are those of them that were new. */
export function heardOf(arrived: readonly Arrived[], stored: readonly Arrived[]): Heard {
  let first = arrived[0]!;
  let last = first;
  for (const one of arrived) {
    if (one.row.receivedAt < first.row.receivedAt) first = one;
    if (one.row.receivedAt >= last.row.receivedAt) last = one;
  }
  // The newest reading of each shape: together they carry the newest value of every name that is in one shape only.
  const newest = new Map<number, Arrived>();
  for (const one of stored) {
    const before = newest.get(one.row.shape.id);
    if (!before || one.row.takenAt >= before.row.takenAt) newest.set(one.row.shape.id, one);
  }
  const values = Array.from(newest.values(), ({ row }) => ({ takenAt: row.takenAt, values: valuesOf(row) }));
  return {
    node: last.node,
    stored: stored.length,
    duplicates: arrived.length - stored.length,
    firstReceived: first.row.receivedAt,
    lastReceived: last.row.receivedAt,
    values: values.sort((one, other) => one.takenAt - other.takenAt),
  };
}

const columnsOf = (state: DeviceState) => ({
  node: state.node,
  name: state.name,
  type: state.type,
  first_seen: state.firstSeen,
  last_seen: state.lastSeen,
  online: state.online ? 1 : 0,
  readings_total: state.readingsTotal,
  duplicates_total: state.duplicatesTotal,
  latest: JSON.stringify(state.latest),
  latest_at: state.latestAt,
  told_at: state.toldAt,
});

const stateOf = (row: Selectable<DeviceRow>): DeviceState => ({
  node: row.node,
  name: row.name,
  type: row.type,
  firstSeen: row.first_seen,
  lastSeen: row.last_seen,
  online: row.online === 1,
  readingsTotal: row.readings_total,
  duplicatesTotal: row.duplicates_total,
  latest: JSON.parse(row.latest),
  latestAt: row.latest_at,
  toldAt: row.told_at,
});
