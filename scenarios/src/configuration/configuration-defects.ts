import type { Catch } from '../defects/table.ts';
import { configuration } from './configuration.ts';

/** Planted bugs, and the invariants of the story that each must break. */
const planted: readonly Omit<Catch, 'by'>[] = [
  {
    as: ['unsettled'],
    from: 7,
    defect: {
      name: 'configuration-forgets-the-count',
      about: 'the number of starts is not kept, so a version that ends the program is tried for ever',
      held: (next) => (next.trial ? { ...next, trial: { ...next.trial, starts: 1 } } : next),
    },
  },
  {
    as: ['apart', 'unsettled'],
    defect: {
      name: 'configuration-confirms-at-once',
      about: 'what is applied takes the place of the last good one before it has stood its trial',
      held: ({ trial, ...next }) =>
        trial?.phase === 'applied' ? { ...next, good: trial.document } : { ...next, ...(trial && { trial }) },
    },
  },
  {
    as: ['apart', 'unsettled'],
    defect: {
      name: 'configuration-no-way-back',
      about: 'a version that did not stand its trial is said to be returned, and stays',
      held(next, before) {
        const { trial, good } = before ?? {};
        const { phase, version } = next.ended ?? {};
        const left = [trial?.document, good].find((one) => phase === 'returned' && one?.version === version);
        return left ? { ...next, good: left } : next;
      },
    },
  },
  {
    as: ['lost'],
    defect: {
      name: 'configuration-not-compared',
      about: 'a proposal is taken whatever version its operator had read',
      store: (store) => ({
        ...store,
        configurations: {
          ...store.configurations,
          propose: (node, { expected: _, ...proposal }, now) => store.configurations.propose(node, proposal, now),
        },
      }),
    },
  },
];

export const configurationCatches: readonly Catch[] = planted.map((one) => ({ ...one, by: [configuration] }));
