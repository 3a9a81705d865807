import { misused, wholeNumber } from '../arguments.ts';
import type { AlertView } from '../cloud-views.ts';
import { alertJson } from '../shapes/alert.ts';
import { table } from '../text/columns.ts';
import { sayAgo } from '../text/say.ts';
import type { Verb } from '../verb.ts';

const states = ['active', 'acknowledged', 'cleared'];

export const alertList: Verb = {
  path: ['alert', 'list'],
  summary: 'List alerts, the latest first.',
  arguments: [],
  options: {
    state: { kind: 'text', value: 'STATE', doc: `Only those that are ${states.join(', ')}.` },
    device: { kind: 'text', value: 'ID', doc: 'Only those of this device.' },
    limit: { kind: 'text', value: 'N', doc: 'At most so many; default 50.' },
  },
  examples: ['selvedge alert list --state active'],
  talks: true,
  async run({ given, cloud, clock, answer }) {
    const state = given.text('state');
    if (state !== undefined && !states.includes(state))
      throw misused(alertList, `--state is "${state}", it must be one of ${states.join(', ')}`);
    const limit = wholeNumber(given, alertList, 'limit', { min: 1, max: 1_000 }) ?? 50;
    const query = { state, device: given.text('device'), limit };
    const { alerts } = await cloud().get<{ alerts: readonly AlertView[] }>('/v1/alerts', query);
    const rows = alerts.map((alert) => [
      alert.id,
      alert.device,
      alert.severity,
      alert.state,
      String(alert.count),
      sayAgo(alert.lastAt, clock.wall()),
      alert.message,
    ]);
    const head = ['id', 'device', 'severity', 'state', 'times', 'last', 'message'];
    answer({ alerts: alerts.map(alertJson) }, table(head, rows, 'No alerts.'));
    return undefined;
  },
};
