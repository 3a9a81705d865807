import { wholeNumber } from '../arguments.ts';
import { type ConfigurationVersionView, configurationPath, versionJson } from '../shapes/configuration.ts';
import { table } from '../text/columns.ts';
import { sayTime } from '../text/say.ts';
import type { Verb } from '../verb.ts';

export const configurationHistory: Verb = {
  path: ['configuration', 'history'],
  summary: 'List the configurations that a node was given, the latest first.',
  arguments: [{ name: 'NODE', doc: 'The node.' }],
  options: {
    limit: { kind: 'text', value: 'N', doc: 'At most so many; default 20.' },
    before: { kind: 'text', value: 'VERSION', doc: 'Only versions before this one, to turn the page.' },
  },
  examples: ['selvedge configuration history edge-1'],
  talks: true,
  async run({ given, cloud, answer }) {
    const query = {
      limit: wholeNumber(given, configurationHistory, 'limit', { min: 1, max: 100 }) ?? 20,
      before: wholeNumber(given, configurationHistory, 'before', { min: 1, max: Number.MAX_SAFE_INTEGER }),
    };
    const path = `${configurationPath(given.argument('NODE')!)}/history`;
    const { versions } = await cloud().get<{ versions: readonly ConfigurationVersionView[] }>(path, query);
    const rows = versions.map(({ version, proposedAt, phase, by, why }) => [
      ...[String(version), sayTime(proposedAt), phase, by],
      why?.replaceAll('\n', '; ') ?? '',
    ]);
    const head = ['version', 'proposed', 'phase', 'by', 'why'];
    answer({ versions: versions.map(versionJson) }, table(head, rows, 'This node was never configured by the cloud.'));
    return undefined;
  },
};
