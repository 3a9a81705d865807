import type { ConfigurationDefect } from './configuration-site.ts';

/** Bugs that the story must catch. */
export const configurationDefects: readonly ConfigurationDefect[] = [
  {
    name: 'forgets-the-count',
    about: 'the number of starts is not kept, so a version that ends the program is tried for ever',
    held: (held) => (held.trial ? { ...held, trial: { ...held.trial, starts: 1 } } : held),
  },
  {
    name: 'confirms-at-once',
    about: 'what is applied takes the place of the last good one before it has stood its trial',
    held: ({ trial, ...held }) =>
      trial?.phase === 'applied' ? { ...held, good: trial.document } : { ...held, ...(trial && { trial }) },
  },
];
