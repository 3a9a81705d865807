import {
  type ConflictEvent,
  digestOf,
  readTwinPatch,
  resolution,
  reversal,
  type Twin,
  type TwinEdit,
  type TwinEvent,
} from '@selvedge/protocol';
import type { Kysely, Selectable } from 'kysely';
import { editArrived, freshTwin, moveTwin, type TwinState } from '../../engines/twin/fold-twin.ts';
import { conflictsOf, twinEventView, twinView } from '../../engines/twin/twin-view.ts';
import type { TwinConflictView, TwinEventView, Twins, TwinView, TwinWish, TwinWished } from '../../ports.ts';
import type { Tables, TwinRow } from './tables.ts';
import { saveTwin } from './twin-rows.ts';

/** Twins and their history. */
export function twinTable(db: Kysely<Tables>): Twins {
  const rowOf = (on: Kysely<Tables>, device: string) =>
    on.selectFrom('twin').selectAll().where('device', '=', device).executeTakeFirst();

  /** The twin, or a new one of a device that was heard. */
  async function stateFor(on: Kysely<Tables>, device: string, now: number): Promise<TwinState | undefined> {
    const row = await rowOf(on, device);
    if (row) return twinState(row);
    const heard = await on.selectFrom('device').select('node').where('id', '=', device).executeTakeFirst();
    return heard && freshTwin(device, heard.node, now);
  }

  const eventOf = async (on: Kysely<Tables>, device: string, id: string): Promise<TwinEvent | undefined> => {
    const row = await on
      .selectFrom('twin_event')
      .select('event')
      .where('device', '=', device)
      .where('id', '=', id)
      .executeTakeFirst();
    return row && (JSON.parse(row.event) as TwinEvent);
  };

  /** Names hold no character that means something to SQL or JSON. */
  const hasEditAbout = async (on: Kysely<Tables>, device: string, about: string): Promise<boolean> => {
    const found = await on
      .selectFrom('twin_event')
      .select('id')
      .where('device', '=', device)
      .where('event', 'like', `%"about":"${about}"%`)
      .limit(1)
      .executeTakeFirst();
    return found !== undefined;
  };

  async function editsOf(on: Kysely<Tables>, { twin }: TwinState, wish: TwinWish): Promise<Wanted> {
    if (wish.kind === 'patch') {
      if (wish.expected !== undefined && wish.expected !== digestOf(twin))
        return { code: 'TWIN_CHANGED', why: `${twin.device} has version ${digestOf(twin)}, not ${wish.expected}` };
      const edits: TwinEdit[] = [];
      for (const [section, raw] of Object.entries(wish.sections)) {
        const read = readTwinPatch(twin, section, raw);
        if (!read.ok) return { code: 'TWIN_UNFIT', why: read.why };
        edits.push(...read.value);
      }
      return wish.about === undefined ? { edits } : { edits, about: wish.about };
    }
    const event = await eventOf(on, twin.device, wish.event);
    if (!event) return { code: 'TWIN_EVENT_UNKNOWN', why: `${twin.device} has no event ${wish.event}` };
    if (wish.kind === 'resolve' && event.kind !== 'conflict')
      return { code: 'TWIN_UNFIT', why: `event ${wish.event} is no conflict` };
    const edit = wish.kind === 'resolve' ? resolution(twin, event as ConflictEvent, wish.choice) : reversal(event);
    return edit.ok ? { edits: [edit.value], about: wish.event } : { code: 'TWIN_UNFIT', why: edit.why };
  }

  return {
    async find(device) {
      const state = await stateFor(db, device, 0);
      return state && twinView(state);
    },

    wish: (device, wish, { by, now }): Promise<TwinWished> =>
      db.transaction().execute(async (trx) => {
        const before = await stateFor(trx, device, now);
        if (!before) return { kind: 'refused', code: 'DEVICE_UNKNOWN', why: `no node has heard of ${device}` };
        if (wish.kind === 'patch' && wish.about !== undefined && (await hasEditAbout(trx, device, wish.about)))
          return { kind: 'done', view: twinView(before), part: { ...before.twin, fields: {} }, hasChanged: false };
        const wanted = await editsOf(trx, before, wish);
        if ('code' in wanted) return { kind: 'refused', ...wanted };
        const { edits, about } = wanted;
        const edited = editArrived(before, edits, { by, now, ...(about === undefined ? {} : { about }) });
        if (!edited.ok) return { kind: 'refused', code: 'TWIN_UNFIT', why: edited.why };
        const { state, steps, merged } = edited.value;
        if (merged.hasChanged) await saveTwin(trx, state, steps, now);
        return { kind: 'done', view: twinView(state), part: merged.part, hasChanged: merged.hasChanged };
      }),

    async at(device, moment): Promise<TwinView | 'past' | undefined> {
      const row = await rowOf(db, device);
      if (!row) return undefined;
      if (moment < row.history_from) return 'past';
      const last = db
        .selectFrom('twin_event')
        .select((eb) => eb.fn.max('sequence').as('sequence'))
        .where('device', '=', device)
        .where('at', '<=', moment)
        .groupBy('path');
      const rows = await db
        .selectFrom('twin_event')
        .select(['path', 'field'])
        .where('device', '=', device)
        .where('sequence', 'in', last)
        .execute();
      const fields = Object.fromEntries(rows.map(({ path, field }) => [path, JSON.parse(field)])) as Twin['fields'];
      const { twin, confirmed, movedAt } = twinState(row);
      return twinView({ twin: { ...twin, fields }, confirmed, movedAt });
    },

    async history(device, { before, limit }): Promise<readonly TwinEventView[]> {
      const rows = await db
        .selectFrom('twin_event')
        .select(['sequence', 'event'])
        .where('device', '=', device)
        .$if(before !== undefined, (query) => query.where('sequence', '<', before!))
        .orderBy('sequence', 'desc')
        .limit(limit)
        .execute();
      return rows.map(({ sequence, event }) => twinEventView(sequence, JSON.parse(event) as TwinEvent));
    },

    async conflicts({ device, limit }): Promise<readonly TwinConflictView[]> {
      const rows = await db
        .selectFrom('twin')
        .selectAll()
        .where('conflicts', '>', 0)
        .$if(device !== undefined, (query) => query.where('device', '=', device!))
        .orderBy('device')
        .limit(limit)
        .execute();
      return rows.flatMap((row) => conflictsOf(twinState(row))).slice(0, limit);
    },

    async digests(node) {
      const rows = await db
        .selectFrom('twin')
        .select(['device', 'digest'])
        .where('node', '=', node)
        .where('fields', '<>', '{}')
        .execute();
      return rows.map(({ device, digest }) => [device, digest] as const);
    },

    async whole(devices) {
      const rows = await db
        .selectFrom('twin')
        .selectAll()
        .where('device', 'in', [...devices])
        .execute();
      return rows.map((row) => twinState(row).twin);
    },

    claim: (node, devices, at) =>
      db.transaction().execute(async (trx) => {
        const rows = await trx
          .selectFrom('twin')
          .selectAll()
          .where('device', 'in', [...devices])
          .execute();
        const states = rows.map((row) => moveTwin(twinState(row), node, at, at));
        for (const state of states) await saveTwin(trx, state, [], at);
        return states.map(({ twin }) => twin);
      }),
  };
}

type Wanted =
  | { readonly edits: readonly TwinEdit[]; readonly about?: string }
  | { readonly code: 'TWIN_CHANGED' | 'TWIN_UNFIT' | 'TWIN_EVENT_UNKNOWN'; readonly why: string };

export const twinState = (row: Selectable<TwinRow>): TwinState => ({
  twin: {
    device: row.device,
    owner: { node: row.node, term: row.term },
    fields: JSON.parse(row.fields) as Twin['fields'],
  },
  confirmed: JSON.parse(row.confirmed) as TwinState['confirmed'],
  movedAt: row.moved_at,
});
