import { fencedFault, qualityMarks } from '@selvedge/protocol';
import type { Kysely } from 'kysely';
import { hearFolded, hearReadings, hearStatus } from '../../../engines/registry/fold-device.ts';
import { valuesOf } from '../../../engines/telemetry/reading-row.ts';
import { unpack } from '../../../engines/telemetry/zstd.ts';
import type { FeedEvent } from '../../../ports.ts';
import type { Chunks } from '../chunks.ts';
import { moveOwners, raiseFence } from '../owner.ts';
import type { Tables } from '../tables.ts';
import { alertsWriter } from './alerts.ts';
import { commandsWriter } from './commands.ts';
import { foldConfigurations } from './configurations.ts';
import { devices, heardOf, type KnownDevice } from './devices.ts';
import { type Gathered, gather, type LoggedBatch } from './gather.ts';
import { names } from './names.ts';
import { notes } from './notes.ts';
import { readingsWriter } from './readings.ts';
import { twinsWriter } from './twins.ts';

/** What one step of the projections did. */
export interface Stepped {
  /** The log has been read up to here. */
  readonly position: number;
  /** Whether there was more to read. */
  readonly more: boolean;
  /** Of the bodies that were read. */
  readonly bytes: number;
  /** What to announce, now that it is committed. */
  readonly events: readonly FeedEvent[];
  readonly duplicates: number;
  /** Records set aside. */
  readonly poison: number;
}

export interface Projector {
  /** The last row of the log. */
  head(): Promise<number>;
  /** How far the projections have come. */
  position(): Promise<number>;
  /** Reads the next rows of the log and commits what they change together with the new position. */
  step(now: number): Promise<Stepped>;
}

/** Rows and records of the log in one step: enough to share a transaction's cost, few enough not to keep `append` waiting. */
const stepRows = 4_096;
const stepBytes = 1_000_000;

export function projector(db: Kysely<Tables>, chunks: Chunks): Projector {
  const parts = {
    names: names(db),
    devices: devices(db),
    readings: readingsWriter(db, chunks),
    alerts: alertsWriter(db),
    commands: commandsWriter(db),
    notes: notes(db),
    twins: twinsWriter(db),
  };

  return {
    async head() {
      const row = await db
        .selectFrom('log')
        .select((eb) => eb.fn.max('sequence').as('head'))
        .executeTakeFirst();
      return row?.head ?? 0;
    },

    position: () => readPosition(db),

    step: (now) =>
      db.transaction().execute(async (trx) => {
        const from = await readPosition(trx);
        const { batches, position, more, bytes } = await readLog(trx, from);
        if (position === from) return { position, more: false, bytes, events: [], duplicates: 0, poison: 0 };
        const gathered = gather(batches, chunks.reader);
        const heard = await hear(trx, gathered, now);
        const alerts = await parts.alerts.fold(trx, gathered.alert, now);
        const commands = await parts.commands.fold(trx, gathered.command, gathered.commandState);
        await parts.twins.fold(trx, gathered.twin, now);
        for (const { body } of gathered.commandState) {
          const fence = fenceIn(body.result);
          if (fence !== undefined) await raiseFence(trx, body.device, fence, now);
        }
        await foldConfigurations(trx, gathered.configuration);
        const poison = [...gathered.poison, ...heard.poison];
        await parts.notes.write(trx, gathered, poison, now);
        await trx.updateTable('consumer').set({ position }).where('name', '=', 'all').execute();
        const events: FeedEvent[] = [
          ...heard.events,
          ...alerts.map((data) => ({ kind: 'alert', data }) as const),
          ...commands.map((data) => ({ kind: 'command', data }) as const),
        ];
        return { position, more, bytes, events, duplicates: heard.duplicates, poison: poison.length };
      }),
  };

  /** Readings and statuses: names, registry, telemetry. */
  async function hear(trx: Kysely<Tables>, gathered: Gathered, now: number) {
    const known = await parts.devices.know(trx, firstHeard(gathered));
    const places = new Map(Array.from(known, ([id, { state }]) => [id, state.node]));
    const arrived = Array.from(gathered.readings, ([id, all]) => ({ id, ...known.get(id)!, arrived: all }));
    const claimed = await parts.names.claim(trx, arrived);
    const events: FeedEvent[] = [];
    let duplicates = 0;
    const fresh = arrived.map((one) => ({ ...one, arrived: claimed.get(one.number)! }));
    arrived.forEach(({ id, arrived: all }, index) => {
      const stored = fresh[index]!.arrived;
      const device = known.get(id)!;
      device.state = hearReadings(device.state, heardOf(all, stored));
      duplicates += all.length - stored.length;
      if (stored.length > 0 && isNews(device, stored)) events.push(readingEvent(device, stored));
    });
    for (const { body, node } of gathered.status) {
      const device = known.get(body.device)!;
      device.state = hearStatus(device.state, body, node);
    }
    for (const { body, node, appendedAt } of gathered.fold) {
      for (const { source } of body.rows) {
        const device = known.get(source)!;
        device.state = hearFolded(device.state, node, appendedAt);
      }
    }
    const poison = await parts.readings.store(
      trx,
      fresh.filter((one) => one.arrived.length > 0),
    );
    await parts.devices.save(trx, known.values());
    const moved = [...known].filter(([id, { state }]) => state.node !== places.get(id));
    await moveOwners(
      trx,
      moved.map(([device, { state }]) => ({ device, node: state.node, at: state.lastSeen })),
      now,
    );
    return { events, duplicates, poison };
  }
}

/** The fence that a device knows which refused a command. */
function fenceIn(result: unknown): number | undefined {
  const { fault, fence } = (result ?? {}) as { readonly fault?: unknown; readonly fence?: unknown };
  return fault === fencedFault && Number.isSafeInteger(fence) ? (fence as number) : undefined;
}

async function readPosition(db: Kysely<Tables>): Promise<number> {
  const row = await db.selectFrom('consumer').select('position').where('name', '=', 'all').executeTakeFirstOrThrow();
  return row.position;
}

async function readLog(db: Kysely<Tables>, from: number) {
  const rows = await db
    .selectFrom('log')
    .innerJoin('journal', 'journal.id', 'log.journal')
    .select(['sequence', 'journal', 'node', 'first_offset', 'count', 'appended_at', 'body_length', 'body'])
    .where('sequence', '>', from)
    .orderBy('sequence')
    .limit(stepRows)
    .execute();
  const batches: LoggedBatch[] = [];
  let position = from;
  let size = 0;
  for (const row of rows) {
    if (batches.length > 0 && size + row.body_length > stepBytes) return { batches, position, more: true, bytes: size };
    position = row.sequence;
    size += row.body_length;
    batches.push({
      journal: row.journal,
      node: row.node,
      firstOffset: row.first_offset,
      count: row.count,
      appendedAt: row.appended_at,
      ...unpacked(row.body, row.body_length),
    });
  }
  return { batches, position, more: rows.length === stepRows, bytes: size };
}

/** A body that was damaged on the disk must not stop the log: it is set aside, and the audit names it. */
function unpacked(body: Uint8Array | null, length: number): Pick<LoggedBatch, 'body' | 'damage'> {
  if (body === null) return { body: undefined, damage: undefined };
  try {
    return { body: unpack(body, length), damage: undefined };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return { body: undefined, damage: `the body cannot be unpacked: ${why}` };
  }
}

/** Who was heard first through which node, for those that nobody knew. */
function firstHeard({ readings, status, fold }: Gathered): ReadonlyMap<string, { node: string; at: number }> {
  const heard = new Map<string, { node: string; at: number }>();
  for (const [id, [first]] of readings) heard.set(id, { node: first!.node, at: first!.row.receivedAt });
  for (const { body, node } of status) if (!heard.has(body.device)) heard.set(body.device, { node, at: body.at });
  for (const { body, node, appendedAt } of fold)
    for (const { source } of body.rows) if (!heard.has(source)) heard.set(source, { node, at: appendedAt });
  return heard;
}

/** What comes late, from a backlog, behind newer readings of its device, is stored and counted, and is no news. */
const isNews = ({ state }: KnownDevice, stored: readonly { readonly row: { readonly takenAt: number } }[]): boolean =>
  stored.some(({ row }) => row.takenAt >= state.latestAt);

function readingEvent(
  { state }: KnownDevice,
  stored: readonly { node: string; row: Parameters<typeof valuesOf>[0] & { readonly quality: number } }[],
): FeedEvent {
  const newest = stored.reduce((best, one) => (one.row.takenAt >= best.row.takenAt ? one : best));
  const { device, takenAt } = newest.row;
  const marks = qualityMarks(stored.reduce((bits, { row }) => bits | row.quality, 0));
  const data = { device, node: newest.node, takenAt, values: valuesOf(newest.row), readingsTotal: state.readingsTotal };
  return { kind: 'reading', data: marks.length > 0 ? { ...data, marks } : data };
}
