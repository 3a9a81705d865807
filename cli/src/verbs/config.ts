import { readFile } from 'node:fs/promises';
import { type ConfigSchema, configRows, explainConfig, readConfig, shownConfig } from '@selvedge/kernel';
import { misused } from '../arguments.ts';
import { alignColumns } from '../text/columns.ts';
import { movedEnv } from '../tier-env.ts';
import type { Verb } from '../verb.ts';

type Tier = 'edge' | 'cloud';

const schemas: Readonly<Record<Tier, () => Promise<{ schema: ConfigSchema; prefix: string }>>> = {
  edge: async () => ({ schema: (await import('@selvedge/edge')).edgeConfig, prefix: 'SELVEDGE_EDGE' }),
  cloud: async () => ({ schema: (await import('@selvedge/cloud')).cloudConfig, prefix: 'SELVEDGE_CLOUD' }),
};

export const config: Verb = {
  path: ['config'],
  summary: 'Print the manual of all settings of edge or cloud, or those in force.',
  arguments: [{ name: 'TIER', doc: 'Whose settings.', choices: Object.keys(schemas) }],
  options: {
    shown: { kind: 'flag', doc: 'The settings in force, from environment and file; secrets stay hidden.' },
    config: { kind: 'text', value: 'FILE', doc: 'With --shown: a configuration file in JSON.' },
  },
  examples: ['selvedge config edge', 'SELVEDGE_EDGE_MQTT_PORT=1884 selvedge config edge --shown --json'],
  talks: false,
  async run({ given, env, portBase, answer }) {
    const tier = given.argument('TIER') as Tier;
    const { schema, prefix } = await schemas[tier]();
    const path = given.text('config');
    if (!given.flag('shown')) {
      if (path !== undefined) throw misused(config, '--config goes with --shown');
      answer({ tier, settings: configRows(schema, prefix) }, explainConfig(schema, prefix));
      return undefined;
    }
    const file = path === undefined ? undefined : await readJson(path);
    const shown = shownConfig(schema, readConfig(schema, { prefix, env: movedEnv(tier, portBase, env), file }));
    answer({ tier, settings: shown }, alignColumns(Object.entries(shown)));
    return undefined;
  },
};

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw misused(config, `${path} cannot be read as JSON: ${(cause as Error).message}`);
  }
}
