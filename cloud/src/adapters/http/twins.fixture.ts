import { freshTwin } from '../../engines/twin/fold-twin.ts';
import { twinView } from '../../engines/twin/twin-view.ts';
import type { Twins } from '../../ports.ts';

/** Twins of whichever device is asked for, all empty. */
export function scriptedTwins(told: unknown[][]): Twins {
  const view = twinView(freshTwin('pump 7/ä', 'n1', 0));
  return {
    find: async () => view,
    at: async () => view,
    async wish(device, wish) {
      told.push(['wish', device, wish]);
      const part = { device, owner: { node: 'n1', term: 1 }, fields: {} };
      return { kind: 'done', view, part, hasChanged: true };
    },
    history: async () => [],
    conflicts: async () => [],
    digests: async () => [],
    whole: async () => [],
    claim: async () => [],
  };
}
