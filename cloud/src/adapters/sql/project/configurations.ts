import type { ConfigurationChange } from '@selvedge/protocol';
import type { Kysely } from 'kysely';
import { changeArrived } from '../../../engines/configuration/fold-version.ts';
import { saveVersion, versionRow } from '../configuration-rows.ts';
import type { Tables } from '../tables.ts';
import type { ArrivedRecord } from './gather.ts';

/** The configurations' part of a step. They are rare: a node is configured a few times a day. */
export async function foldConfigurations(
  on: Kysely<Tables>,
  arrived: readonly ArrivedRecord<ConfigurationChange>[],
): Promise<void> {
  for (const { node, body } of arrived) {
    const before = await versionRow(on, node, body.version);
    const after = changeArrived(before, body, node);
    if (after !== before) await saveVersion(on, after);
  }
}
