import { freshSignIn } from '../sign-in.ts';
import type { Verb } from '../verb.ts';

export const consoleVerb: Verb = {
  path: ['console'],
  summary: 'Print an address that signs a browser in to the console, once.',
  arguments: [],
  options: {},
  examples: ['selvedge console', 'xdg-open "$(selvedge console)"'],
  talks: true,
  async run({ cloud, answer }) {
    const url = await freshSignIn(cloud());
    answer({ url }, `${url}\n`);
    return undefined;
  },
};
