import { runTier } from '../run-tier.ts';
import type { Verb } from '../verb.ts';

export const edge: Verb = {
  path: ['edge'],
  summary: 'Run one edge node here, until Ctrl-C. `selvedge config edge` lists its settings.',
  arguments: [],
  options: {
    'port-base': { kind: 'text', value: 'N', doc: 'Move its ports; N is the port of the API. Its own settings win.' },
  },
  passes: 'The settings of the edge, as --name value; --config FILE reads them from JSON.',
  examples: ['selvedge edge --node.id edge-7 --data /var/lib/selvedge --link.url wss://cloud.example:8443/link'],
  talks: false,
  run: (context) => runTier('edge', () => import('@selvedge/edge/main'), context),
};
