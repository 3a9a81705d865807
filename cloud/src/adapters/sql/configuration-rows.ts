import type { ConfigurationPhase, ConfiguredFrame, Settings } from '@selvedge/protocol';
import type { Kysely } from 'kysely';
import type { ConfigurationVersionView } from '../../ports.ts';
import type { ConfigurationRow, Tables } from './tables.ts';

export async function versionRow(
  on: Kysely<Tables>,
  node: string,
  version: number,
): Promise<ConfigurationVersionView | undefined> {
  const row = await on
    .selectFrom('configuration')
    .selectAll()
    .where('node', '=', node)
    .where('version', '=', version)
    .executeTakeFirst();
  return row && versionView(row);
}

export async function saveVersion(on: Kysely<Tables>, view: ConfigurationVersionView): Promise<void> {
  const { node, version, ...rest } = configurationRow(view);
  await on
    .insertInto('configuration')
    .values({ node, version, ...rest })
    .onConflict((conflict) => conflict.columns(['node', 'version']).doUpdateSet(rest))
    .execute();
}

/** What the node said last. */
export async function saidBy(
  on: Kysely<Tables>,
  node: string,
): Promise<{ readonly said: ConfiguredFrame; readonly at: number } | undefined> {
  const row = await on.selectFrom('configured').selectAll().where('node', '=', node).executeTakeFirst();
  return row && { said: JSON.parse(row.said) as ConfiguredFrame, at: row.at };
}

export const versionView = (row: ConfigurationRow): ConfigurationVersionView => ({
  node: row.node,
  version: row.version,
  digest: row.digest,
  phase: row.phase as ConfigurationPhase,
  why: row.why,
  by: row.by,
  about: row.about,
  proposedAt: row.proposed_at,
  preparedAt: row.prepared_at,
  appliedAt: row.applied_at,
  endedAt: row.ended_at,
  settings: row.settings === null ? null : (JSON.parse(row.settings) as Settings),
});

const configurationRow = (view: ConfigurationVersionView): ConfigurationRow => ({
  node: view.node,
  version: view.version,
  digest: view.digest,
  phase: view.phase,
  why: view.why,
  by: view.by,
  about: view.about,
  proposed_at: view.proposedAt,
  prepared_at: view.preparedAt,
  applied_at: view.appliedAt,
  ended_at: view.endedAt,
  settings: view.settings === null ? null : JSON.stringify(view.settings),
});
