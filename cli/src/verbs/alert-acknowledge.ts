import type { AlertView } from '../cloud-views.ts';
import { alertJson } from '../shapes/alert.ts';
import type { Verb } from '../verb.ts';

export const alertAcknowledge: Verb = {
  path: ['alert', 'acknowledge'],
  summary: 'Say that somebody looks after an alert.',
  arguments: [{ name: 'ID', doc: 'The alert.' }],
  options: {},
  examples: ['selvedge alert acknowledge 4f0c2a91b7de-118-hot'],
  talks: true,
  async run({ given, cloud, answer }) {
    const path = `/v1/alerts/${encodeURIComponent(given.argument('ID')!)}`;
    const api = cloud();
    const before = await api.get<AlertView>(path);
    if (before.state !== 'active') {
      answer(alertJson(before), `Alert ${before.id} is already ${before.state}.\n`);
      return undefined;
    }
    const alert = await api.post<AlertView>(`${path}/acknowledge`);
    answer(alertJson(alert), `Alert ${alert.id} of ${alert.device} is ${alert.state}.\n`);
    return undefined;
  },
};
