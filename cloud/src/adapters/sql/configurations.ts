import { type ConfigurationFrame, highestVersionOf, isSameConfiguration } from '@selvedge/protocol';
import type { Kysely } from 'kysely';
import {
  answerTo,
  changeArrived,
  changesIn,
  proposedVersion,
  supersede,
} from '../../engines/configuration/fold-version.ts';
import type { Configurations, ConfigurationVersionView, ConfigurationView } from '../../ports.ts';
import { saidBy, saveVersion, versionRow, versionView } from './configuration-rows.ts';
import type { Tables } from './tables.ts';

/** Versions of a node that are kept; the oldest are let go. */
const versionsMax = 500;

/** Configurations of nodes and their history. */
export function configurationTable(db: Kysely<Tables>): Configurations {
  const newest = (on: Kysely<Tables>, node: string) =>
    on.selectFrom('configuration').selectAll().where('node', '=', node).orderBy('version', 'desc').limit(1);

  async function viewOf(on: Kysely<Tables>, node: string): Promise<ConfigurationView | undefined> {
    const known = await on.selectFrom('node').select('id').where('id', '=', node).executeTakeFirst();
    if (!known) return undefined;
    const row = await newest(on, node).executeTakeFirst();
    const latest = row ? versionView(row) : null;
    const heard = await saidBy(on, node);
    const good = heard?.said.good;
    const found = good && good.version > 0 ? await versionRow(on, node, good.version) : undefined;
    const settings =
      good?.version === 0 ? {} : good && found && isSameConfiguration(found, good) ? found.settings : null;
    return {
      node,
      version: Math.max(latest?.version ?? 0, heard ? highestVersionOf(heard.said) : 0),
      latest,
      good: good ? { ...good, settings } : null,
      heardAt: heard?.at ?? null,
    };
  }

  /** The newest version that may still stand. */
  const wanted = async (on: Kysely<Tables>, node: string): Promise<ConfigurationVersionView | undefined> => {
    const row = await newest(on, node)
      .where('phase', 'not in', ['refused', 'returned', 'superseded'])
      .executeTakeFirst();
    return row && versionView(row);
  };

  async function due(on: Kysely<Tables>, node: string, now: number): Promise<ConfigurationFrame | undefined> {
    const heard = await saidBy(on, node);
    const next = heard && (await wanted(on, node));
    const answer = heard && answerTo(heard.said, next);
    if (answer !== 'stale') return answer;
    await saveVersion(on, supersede(next!, `the node was given ${next!.version} for something else before`, now));
    return undefined;
  }

  const byName = async (on: Kysely<Tables>, node: string, about: string) => {
    const row = await on
      .selectFrom('configuration')
      .selectAll()
      .where('node', '=', node)
      .where('about', '=', about)
      .executeTakeFirst();
    return row && versionView(row);
  };

  return {
    find: (node) => viewOf(db, node),
    version: (node, version) => versionRow(db, node, version),

    async proposed(node, about) {
      const made = await byName(db, node, about);
      if (!made) return undefined;
      const row = await newest(db, node)
        .where('version', '<', made.version)
        .where('phase', '=', 'confirmed')
        .executeTakeFirst();
      return { made, before: row && versionView(row) };
    },

    async history(node, { before, limit }) {
      const rows = await db
        .selectFrom('configuration')
        .selectAll()
        .where('node', '=', node)
        .$if(before !== undefined, (query) => query.where('version', '<', before!))
        .orderBy('version', 'desc')
        .limit(limit)
        .execute();
      return rows.map(versionView);
    },

    propose: (node, proposal, now) =>
      db.transaction().execute(async (trx) => {
        const there = await viewOf(trx, node);
        if (!there) return { kind: 'refused', code: 'NODE_UNKNOWN', why: `there is no node ${node}` };
        const { about, expected } = proposal;
        if (about !== undefined && (await byName(trx, node, about))) return { kind: 'done', view: there };
        if (expected !== undefined && expected !== there.version) {
          const why = `${node} has version ${there.version} of its configuration, not ${expected}`;
          return { kind: 'refused', code: 'CONFIGURATION_CHANGED', why };
        }
        const version = there.version + 1;
        const waiting = await trx
          .selectFrom('configuration')
          .selectAll()
          .where('node', '=', node)
          .where('phase', 'in', ['proposed', 'prepared'])
          .execute();
        for (const row of waiting)
          await saveVersion(trx, supersede(versionView(row), `${version} took its place`, now));
        await saveVersion(trx, proposedVersion(node, version, proposal, now));
        await trx
          .deleteFrom('configuration')
          .where('node', '=', node)
          .where('version', '<=', version - versionsMax)
          .where('version', '<>', there.good?.version ?? 0)
          .execute();
        return { kind: 'done', view: (await viewOf(trx, node))! };
      }),

    heard: (node, said, now) =>
      db.transaction().execute(async (trx) => {
        const row = { said: JSON.stringify(said), at: now };
        await trx
          .insertInto('configured')
          .values({ node, ...row })
          .onConflict((conflict) => conflict.column('node').doUpdateSet(row))
          .execute();
        for (const change of changesIn(said, now)) {
          const before = await versionRow(trx, node, change.version);
          const after = changeArrived(before, change, node);
          if (after !== before) await saveVersion(trx, after);
        }
        return due(trx, node, now);
      }),

    due: (node, now) => db.transaction().execute((trx) => due(trx, node, now)),
  };
}
