import { runTier } from '../run-tier.ts';
import type { Verb } from '../verb.ts';

export const cloud: Verb = {
  path: ['cloud'],
  summary: 'Run the cloud here, until Ctrl-C. `selvedge config cloud` lists its settings.',
  arguments: [],
  options: {
    'port-base': { kind: 'text', value: 'N', doc: 'Move its ports; N is the port of the API. Its own settings win.' },
  },
  passes: 'The settings of the cloud, as --name value; --config FILE reads them from JSON.',
  examples: ['selvedge cloud --data /var/lib/selvedge/cloud --api.port 8000'],
  talks: false,
  run: (context) => runTier('cloud', () => import('@selvedge/cloud/main'), context),
};
