import type { Command, CommandChange } from '@selvedge/protocol';
import type { Kysely } from 'kysely';
import {
  type CommandRecord,
  changeArrived,
  intentArrived,
  queueCommand,
} from '../../../engines/commands/fold-command.ts';
import type { CommandView } from '../../../ports.ts';
import { bulk } from '../bulk.ts';
import { commandRecord, commandRow, commandView } from '../commands.ts';
import type { CommandRow, Tables } from '../tables.ts';
import type { ArrivedRecord } from './gather.ts';

/** The commands' part of a step; gives the commands that it changed. */
export interface CommandsWriter {
  fold(
    db: Kysely<Tables>,
    intents: readonly ArrivedRecord<Command>[],
    changes: readonly ArrivedRecord<CommandChange>[],
  ): Promise<readonly CommandView[]>;
}

export function commandsWriter(db: Kysely<Tables>): CommandsWriter {
  const find = bulk(db.selectFrom('command').selectAll().where('id', '=', ''));
  const columns = commandRow(
    queueCommand(
      { id: '', device: '', name: '', arguments: {}, issuedAt: 0, expiresAt: 0, origin: '', reason: '' },
      '',
    ),
  );
  const names = Object.keys(columns) as (keyof CommandRow)[];
  const write = bulk(
    db
      .insertInto('command')
      .values(columns)
      .onConflict((conflict) =>
        conflict
          .column('id')
          .doUpdateSet((eb) => Object.fromEntries(names.map((name) => [name, eb.ref(`excluded.${name}`)]))),
      ),
  );

  return {
    async fold(on, intents, changes) {
      const ids = new Set([...intents, ...changes].map(({ body }) => body.id));
      const rows = await find.run(
        on,
        [...ids].map((id) => [id]),
      );
      const before = new Map(rows.map((row) => [row.id, commandRecord(row)]));
      const after = new Map<string, CommandRecord>(before);
      for (const { body, node, appendedAt } of intents) {
        after.set(body.id, intentArrived(after.get(body.id), body, node, appendedAt));
      }
      for (const { body, node } of changes) after.set(body.id, changeArrived(after.get(body.id), body, node));
      const changed = [...after.values()].filter((one) => one !== before.get(one.id));
      await write.run(
        on,
        changed.map((one) => {
          const row = commandRow(one);
          return names.map((name) => row[name]);
        }),
      );
      return changed.filter((one) => one.known).map(commandView);
    },
  };
}
