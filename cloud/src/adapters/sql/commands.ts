import type { Command, CommandState } from '@selvedge/protocol';
import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import {
  type CommandRecord,
  commandTaken,
  presumeExpired,
  presumeFenced,
  queueCommand,
} from '../../engines/commands/fold-command.ts';
import type { CommandView } from '../../ports.ts';
import { ownerNow } from './owner.ts';
import type { CommandRow, Tables } from './tables.ts';

export interface CommandTable {
  /** The command as queued, or undefined if the id is there already. */
  issue(command: Command, node: string): Promise<CommandView | undefined>;
  find(id: string): Promise<CommandView | undefined>;
  list(filter: { device?: string; limit: number }): Promise<readonly CommandView[]>;
  queued(node: string): Promise<readonly CommandView[]>;
  /** The command if this changed it. */
  taken(id: string, at: number): Promise<CommandView | undefined>;
  expire(now: number): Promise<readonly CommandView[]>;
}

export function commandTable(db: Kysely<Tables>): CommandTable {
  const all = (on = db) => on.selectFrom('command').selectAll().where('known', '=', 1);
  const views = async (query: SelectQueryBuilder<Tables, 'command', CommandRow>): Promise<readonly CommandView[]> =>
    (await query.execute()).map((row) => commandView(commandRecord(row)));

  return {
    issue: (command, heardAt) =>
      db.transaction().execute(async (trx) => {
        const owner = await ownerNow(trx, command.device, command.issuedAt);
        const queued = queueCommand(owner ? { ...command, fence: owner.term } : command, owner?.node ?? heardAt);
        const inserted = await trx
          .insertInto('command')
          .values(commandRow(queued))
          .onConflict((conflict) => conflict.doNothing())
          .returning('id')
          .executeTakeFirst();
        return inserted && commandView(queued);
      }),

    async find(id) {
      return (await views(all().where('id', '=', id)))[0];
    },

    list: ({ device, limit }) =>
      views(
        all()
          .$if(device !== undefined, (query) => query.where('device', '=', device!))
          .orderBy('issued_at', 'desc')
          .orderBy('id')
          .limit(limit),
      ),

    queued: (node) =>
      views(
        all()
          .where('node', '=', node)
          .where('state', '=', 'queued')
          .where('state', 'in', [sql.lit('queued'), sql.lit('sent')])
          // In the order in which they were issued, whatever the clock said.
          .orderBy(sql`rowid`),
      ),

    taken: (id, at) =>
      db.transaction().execute(async (trx) => {
        const row = await trx.selectFrom('command').selectAll().where('id', '=', id).executeTakeFirst();
        if (!row) return undefined;
        const before = commandRecord(row);
        const after = commandTaken(before, at);
        await trx.updateTable('command').set(commandRow(after)).where('id', '=', id).execute();
        return after.state === before.state ? undefined : commandView(after);
      }),

    expire: (now) =>
      db.transaction().execute(async (trx) => {
        const overdue = await trx
          .selectFrom('command')
          .selectAll()
          .where('state', 'in', [sql.lit('queued'), sql.lit('sent')])
          .where('expires_at', '<=', now)
          .where('known', '=', 1)
          .execute();
        const moved = await trx
          .selectFrom('command')
          .innerJoin('twin', 'twin.device', 'command.device')
          .selectAll('command')
          .where('state', '=', sql.lit('queued'))
          .whereRef('fence', '<', 'term')
          .execute();
        const ended = new Map(moved.map((row) => [row.id, presumeFenced(commandRecord(row), now)]));
        for (const row of overdue) ended.set(row.id, presumeExpired(commandRecord(row), now));
        const expired = [...ended.values()];
        for (const one of expired) {
          await trx.updateTable('command').set(commandRow(one)).where('id', '=', one.id).execute();
        }
        return expired.map(commandView);
      }),
  };
}

export function commandView({ known: _known, presumed: _presumed, ...view }: CommandRecord): CommandView {
  return view;
}

export const commandRecord = (row: CommandRow): CommandRecord => ({
  id: row.id,
  node: row.node,
  device: row.device,
  name: row.name,
  arguments: JSON.parse(row.arguments),
  issuedAt: row.issued_at,
  expiresAt: row.expires_at,
  origin: row.origin,
  reason: row.reason,
  state: row.state as CommandState,
  sentAt: row.sent_at,
  deliveredAt: row.delivered_at,
  endedAt: row.ended_at,
  result: JSON.parse(row.result),
  ...(row.fence === null ? {} : { fence: row.fence }),
  known: row.known === 1,
  presumed: row.presumed === 1,
});

export const commandRow = (record: CommandRecord): CommandRow => ({
  id: record.id,
  node: record.node,
  device: record.device,
  name: record.name,
  arguments: JSON.stringify(record.arguments),
  issued_at: record.issuedAt,
  expires_at: record.expiresAt,
  origin: record.origin,
  reason: record.reason,
  state: record.state,
  sent_at: record.sentAt,
  delivered_at: record.deliveredAt,
  ended_at: record.endedAt,
  result: JSON.stringify(record.result ?? null),
  known: record.known ? 1 : 0,
  presumed: record.presumed ? 1 : 0,
  fence: record.fence ?? null,
});
