import { runTier } from '../run-tier.ts';
import type { Verb } from '../verb.ts';

export const edge: Verb = {
  path: ['edge'],
  summary: 'Run one edge node here, until Ctrl-C. `selvedge config edge` lists its settings.',
  arguments: [],
  options: {},
  passes: 'The settings of the edge, as --name value; --config FILE reads them from JSON.',
  examples: ['selvedge edge --node.id edge-7 --data /var/lib/selvedge --link.url wss://cloud.example:8443/link'],
  talks: false,
  run: ({ given }) => runTier(() => import('@selvedge/edge/main'), given.list('passed')),
};
