import { type Clock, minutes } from '@selvedge/kernel';
import type { Alerts, Commands, DeviceView, FeedEvent, FeedSink, NodeView, Registry } from '../../ports.ts';
import type { Changed } from './alerts.ts';
import type { Core } from './core.ts';

/** Where the parts below read and write, and whom they tell what they have changed. */
export interface Announcing {
  readonly clock: Clock;
  readonly feed: FeedSink;
  readonly writer: () => Core;
  readonly reader: () => Core;
}

/** A device that says nothing for this long is taken for offline, whatever it said last. */
const silentMax = minutes(10);

export function announcingRegistry({ clock, feed, writer, reader }: Announcing): Registry {
  /** Nodes whose link is up now: a new process has heard of none. */
  const nodesOnline = new Set<string>();
  const nodeView = (node: Omit<NodeView, 'online'>): NodeView => ({ ...node, online: nodesOnline.has(node.id) });
  const deviceView = (device: DeviceView): DeviceView => ({
    ...device,
    online: device.online && clock.wall() - device.lastSeen < silentMax,
  });
  const announce = async (id: string): Promise<void> => {
    const node = await writer().registry.node(id);
    if (node) feed.publish({ kind: 'node', data: nodeView(node) });
  };
  return {
    async nodeSeen(node, epoch, at) {
      await writer().registry.nodeSeen(node, epoch, at);
      await announce(node);
    },
    async nodeReported(node, report) {
      await writer().registry.nodeReported(node, report, clock.wall());
      await announce(node);
    },
    async nodeOnline(node, online, at) {
      if (online) nodesOnline.add(node);
      else nodesOnline.delete(node);
      await writer().registry.nodeSeen(node, '', at);
      await announce(node);
    },
    nodes: async () => (await reader().registry.nodes()).map(nodeView),
    async node(id) {
      const node = await reader().registry.node(id);
      return node && nodeView(node);
    },
    timeCorrections: async (node, limit) => reader().registry.timeCorrections(node, limit),
    async devices(filter) {
      const { devices, total } = await reader().registry.devices(filter);
      return { devices: devices.map(deviceView), total };
    },
    async device(id) {
      const device = await reader().registry.device(id);
      return device && deviceView(device);
    },
  };
}

export function announcingAlerts({ feed, writer, reader }: Announcing): Alerts {
  const told = <View extends Extract<FeedEvent, { kind: 'alert' }>['data']>(done: Changed<View> | undefined) => {
    if (done?.changed) feed.publish({ kind: 'alert', data: done.view });
    return done?.view;
  };
  return {
    async raise(alert, node) {
      const raised = await writer().alerts.raise(alert, node);
      if (raised) feed.publish({ kind: 'alert', data: raised });
    },
    list: async (filter) => reader().alerts.list(filter),
    find: async (id) => reader().alerts.find(id),
    acknowledge: async (id, by, at) => told(await writer().alerts.acknowledge(id, by, at)),
    clear: async (id, by, at) => told(await writer().alerts.clear(id, by, at)),
  };
}

export function announcingCommands({ feed, writer, reader }: Announcing): Commands {
  return {
    async issue(command, node) {
      const issued = await writer().commands.issue(command, node);
      if (issued) feed.publish({ kind: 'command', data: issued });
      return issued !== undefined;
    },
    find: async (id) => reader().commands.find(id),
    list: async (filter) => reader().commands.list(filter),
    queued: async (node) => reader().commands.queued(node),
    async taken(id, at) {
      const taken = await writer().commands.taken(id, at);
      if (taken) feed.publish({ kind: 'command', data: taken });
    },
    async expire(now) {
      const expired = await writer().commands.expire(now);
      for (const data of expired) feed.publish({ kind: 'command', data });
      return expired;
    },
  };
}
