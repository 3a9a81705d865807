import type { DeviceView } from '../cloud-views.ts';
import { deviceJson } from '../shapes/device.ts';
import { alignColumns } from '../text/columns.ts';
import { sayAgo, sayTime } from '../text/say.ts';
import type { Verb } from '../verb.ts';

export const deviceShow: Verb = {
  path: ['device', 'show'],
  summary: 'Show one device: where it is, how it is, and its latest values.',
  arguments: [{ name: 'ID', doc: 'The device.' }],
  options: {},
  examples: ['selvedge device show pump-7', 'selvedge device show pump-7 --json | jq .readings_total'],
  talks: true,
  async run({ given, cloud, clock, answer }) {
    const device = await cloud().get<DeviceView>(`/v1/devices/${encodeURIComponent(given.argument('ID')!)}`);
    const rows = [
      ['id', device.id],
      ['type', device.type],
      ['node', device.node],
      ['state', device.online ? 'online' : 'offline'],
      ['readings', String(device.readingsTotal)],
      ['active alerts', String(device.alertsActive)],
      ['first seen', `${sayTime(device.firstSeen)} UTC`],
      ['last seen', `${sayTime(device.lastSeen)} UTC (${sayAgo(device.lastSeen, clock.wall())})`],
      ...Object.entries(device.latest).map(([name, value]) => [`  ${name}`, String(value)]),
    ];
    answer(deviceJson(device), alignColumns(rows));
    return undefined;
  },
};
