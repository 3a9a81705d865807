import type { DeviceView } from '../cloud-views.ts';

/** A device as `--json` gives it [CLI-5]. */
export const deviceJson = (device: DeviceView) => ({
  id: device.id,
  node: device.node,
  name: device.name,
  type: device.type,
  online: device.online,
  readings_total: device.readingsTotal,
  alerts_active: device.alertsActive,
  first_seen_ms: device.firstSeen,
  last_seen_ms: device.lastSeen,
  latest: device.latest,
  latest_at_ms: device.latestAt,
});
