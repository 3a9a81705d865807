import { software } from '../software.ts';
import type { Verb } from '../verb.ts';

export const version: Verb = {
  path: ['version'],
  summary: 'Say which version this is.',
  arguments: [],
  options: {},
  examples: ['selvedge version --json'],
  talks: false,
  async run({ answer }) {
    const found = { selvedge: software, node: process.versions.node, platform: `${process.platform}-${process.arch}` };
    answer(found, `selvedge ${found.selvedge} (Node ${found.node}, ${found.platform})\n`);
    return undefined;
  },
};
