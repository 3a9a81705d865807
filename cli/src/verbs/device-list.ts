import { wholeNumber } from '../arguments.ts';
import type { DeviceView } from '../cloud-views.ts';
import { deviceJson } from '../shapes/device.ts';
import { table } from '../text/columns.ts';
import { sayAgo, sayValues } from '../text/say.ts';
import type { Verb } from '../verb.ts';

export const deviceList: Verb = {
  path: ['device', 'list'],
  summary: 'List the devices that the cloud knows.',
  arguments: [],
  options: {
    text: { kind: 'text', doc: 'Only those whose id or name contains this.' },
    type: { kind: 'text', doc: 'Only those of this type.' },
    node: { kind: 'text', value: 'ID', doc: 'Only those last heard through this node.' },
    limit: { kind: 'text', value: 'N', doc: 'At most so many; default 100.' },
  },
  examples: ['selvedge device list --node edge-1', "selvedge device list --json | jq '.devices[].id'"],
  talks: true,
  async run({ given, cloud, clock, answer }) {
    const limit = wholeNumber(given, deviceList, 'limit', { min: 1, max: 1_000 }) ?? 100;
    const query = { text: given.text('text'), type: given.text('type'), node: given.text('node'), limit };
    const { devices, total } = await cloud().get<{ devices: readonly DeviceView[]; total: number }>(
      '/v1/devices',
      query,
    );
    const rows = devices.map((device) => [
      device.id,
      device.type,
      device.node,
      device.online ? 'online' : 'offline',
      String(device.readingsTotal),
      String(device.alertsActive),
      sayAgo(device.lastSeen, clock.wall()),
      sayValues(device.latest),
    ]);
    const head = ['id', 'type', 'node', 'state', 'readings', 'alerts', 'seen', 'latest'];
    const more = total > devices.length ? `${total - devices.length} more: --limit ${total}\n` : '';
    answer({ total, devices: devices.map(deviceJson) }, table(head, rows, 'No device has reported yet.') + more);
    return undefined;
  },
};
