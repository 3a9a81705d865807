import { readFile } from 'node:fs/promises';
import { seconds } from '@selvedge/kernel';
import { misused, wholeNumber } from '../arguments.ts';
import { exitCodes } from '../exit.ts';
import { cliFaults } from '../faults.ts';
import {
  type ConfigurationVersionView,
  type ConfigurationView,
  configurationJson,
  configurationPath,
  isOver,
  sayConfiguration,
  sayVersion,
  versionJson,
} from '../shapes/configuration.ts';
import type { Verb } from '../verb.ts';

export const configurationSet: Verb = {
  path: ['configuration', 'set'],
  summary: 'Propose settings for a node; it tries them, and goes back by itself when they do it no good.',
  arguments: [
    { name: 'NODE', doc: 'The node.' },
    { name: 'FILE', doc: 'Its settings in JSON, as its configuration file would say them; {} takes all back.' },
  ],
  options: {
    'if-version': {
      kind: 'text',
      value: 'N',
      doc: 'Only if this is still the version; default: the one there is now.',
    },
    wait: { kind: 'flag', doc: 'Wait until the node has confirmed it; exit code 1 if it did not.' },
  },
  examples: ['selvedge configuration set edge-1 settings.json --if-version 4 --wait'],
  talks: true,
  async run({ given, cloud, answer, clock, signal }) {
    const path = configurationPath(given.argument('NODE')!);
    const settings = await settingsIn(given.argument('FILE')!);
    const asked = wholeNumber(given, configurationSet, 'if-version', { min: 0, max: Number.MAX_SAFE_INTEGER });
    const api = cloud();
    const expected = asked ?? (await api.get<ConfigurationView>(path)).version;
    const view = await api.put<ConfigurationView>(path, settings, String(expected));
    if (!given.flag('wait')) {
      answer(configurationJson(view), sayConfiguration(view));
      return exitCodes.done;
    }
    const at = `${path}/versions/${view.version}`;
    for (let one = view.latest!; ; one = await api.get<ConfigurationVersionView>(at)) {
      if (!isOver(one)) await clock.sleep(lookEvery, signal);
      else if (one.phase !== 'confirmed')
        throw cliFaults('CONFIGURATION_NOT_CONFIRMED', `version ${one.version} was ${one.phase}: ${one.why}`, {
          ...one,
        });
      else {
        answer(versionJson(one), sayVersion(one));
        return exitCodes.done;
      }
    }
  },
};

/** Between two looks. */
const lookEvery = seconds(0.5);

async function settingsIn(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw misused(configurationSet, `${path} cannot be read as JSON: ${(cause as Error).message}`);
  }
}
