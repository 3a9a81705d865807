import { wholeNumber } from '../arguments.ts';
import {
  type ConfigurationVersionView,
  type ConfigurationView,
  configurationJson,
  configurationPath,
  sayConfiguration,
  sayVersion,
  versionJson,
} from '../shapes/configuration.ts';
import type { Verb } from '../verb.ts';

export const configurationShow: Verb = {
  path: ['configuration', 'show'],
  summary: 'Show what the cloud configures a node with, and what became of it.',
  arguments: [{ name: 'NODE', doc: 'The node.' }],
  options: { version: { kind: 'text', value: 'N', doc: 'One version instead.' } },
  examples: ['selvedge configuration show edge-1', 'selvedge configuration show edge-1 --version 4 --json'],
  talks: true,
  async run({ given, cloud, answer }) {
    const path = configurationPath(given.argument('NODE')!);
    const version = wholeNumber(given, configurationShow, 'version', { min: 1, max: Number.MAX_SAFE_INTEGER });
    if (version === undefined) {
      const view = await cloud().get<ConfigurationView>(path);
      answer(configurationJson(view), sayConfiguration(view));
    } else {
      const one = await cloud().get<ConfigurationVersionView>(`${path}/versions/${version}`);
      answer(versionJson(one), sayVersion(one));
    }
    return undefined;
  },
};
