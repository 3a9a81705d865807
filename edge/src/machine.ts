import { systemDisk } from '@selvedge/journal/disk';
import { type Service, stack } from '@selvedge/kernel';
import { diskSnapshots } from './adapters/disk/snapshots.ts';
import { statusServer } from './adapters/http/status.ts';
import { mqttDoor } from './adapters/mqtt/door.ts';
import { doorListeners } from './adapters/mqtt/listeners.ts';
import { identity } from './adapters/trust/identity.ts';
import { websocketTransport } from './adapters/websocket/transport.ts';
import { pack } from './adapters/zlib/pack.ts';
import { doorNames, type EdgeConfig } from './config.ts';
import { type EdgeNode, edgeNode } from './node.ts';
import type { EdgeWorld } from './ports.ts';

/** An edge node on a real machine, and where it can be reached. */
export interface EdgeMachine extends Service {
  readonly node: EdgeNode;
  readonly listening: readonly { readonly transport: string; readonly host: string; readonly port: number }[];
}

/** Joins a node to this machine's disk, sockets and certificates. A simulation takes the place of this file alone. */
export async function edgeMachine(config: EdgeConfig, world: EdgeWorld): Promise<EdgeMachine> {
  const { url, token } = config.link;
  const who = identity({ dir: `${config.data}/identity`, node: config.node.id, names: doorNames(config), url, token });
  const listeners = await doorListeners(config, who, world.log);
  const door = { listeners, clientsMax: config.mqtt.clientsMax, packetSizeMax: config.mqtt.payloadMax };
  const node = edgeNode(config, world, {
    disk: systemDisk,
    snapshots: diskSnapshots(systemDisk, `${config.data}/snapshots`),
    transport: url === '' ? undefined : websocketTransport(url, who),
    door: (intake) => mqttDoor(door, world, intake),
    pack,
    memoryBytes: () => process.memoryUsage.rss(),
  });
  const status = (): unknown => ({ node: config.node.id, ...node.report() });
  const pages = statusServer(config.http, { status, metrics: node.metrics });
  return {
    ...stack(node, pages),
    node,
    listening: listeners.map(({ transport, host, port }) => ({ transport, host, port })),
  };
}
