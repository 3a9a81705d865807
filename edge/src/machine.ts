import { readFile } from 'node:fs/promises';
import { systemDisk } from '@selvedge/journal/disk';
import { type Service, stack } from '@selvedge/kernel';
import { journalSessions } from '@selvedge/mqtt';
import { diskCredentials } from './adapters/disk/credentials.ts';
import { loadDecoders } from './adapters/disk/decoders.ts';
import { operatorTokenHash } from './adapters/disk/operator-token.ts';
import { diskSnapshots } from './adapters/disk/snapshots.ts';
import { type HttpDoor, type HttpDoorWorld, httpDoor } from './adapters/http/door.ts';
import { mqttDoor } from './adapters/mqtt/door.ts';
import { doorListeners } from './adapters/mqtt/listeners.ts';
import { brokerRoutes } from './adapters/operations/broker-routes.ts';
import { credentialRoutes } from './adapters/operations/credential-routes.ts';
import { identity } from './adapters/trust/identity.ts';
import { websocketTransport } from './adapters/websocket/transport.ts';
import { pack } from './adapters/zlib/pack.ts';
import { doorNames, type EdgeConfig, software } from './config.ts';
import { nodeAccess } from './engines/access/access.ts';
import { edgeFaults } from './faults.ts';
import { type EdgeNode, edgeNode } from './node.ts';
import type { BrokerOperations, EdgeWorld, Gate, Route } from './ports.ts';

/** An edge node on a real machine, and where it can be reached. */
export interface EdgeMachine extends Service {
  readonly node: EdgeNode;
  /** Who may do what here, for every door to ask. */
  readonly gate: Gate;
  /** What an operator may see and do, for an HTTP server to mount. */
  readonly routes: readonly Route[];
  /** Where the HTTP door listens, once the machine has started. */
  readonly httpPort: number;
  readonly listening: readonly { readonly transport: string; readonly host: string; readonly port: number }[];
}

/** Joins a node to this machine's disk, sockets and certificates. A simulation takes the place of this file alone. */
export async function edgeMachine(config: EdgeConfig, world: EdgeWorld): Promise<EdgeMachine> {
  const { url, token } = config.link;
  const own = await loadDecoders(config.intake.decoders, config.intake.topicMaps);
  if (!own.ok) throw edgeFaults('EDGE_DECODER_UNUSABLE', own.why);
  const who = identity({ dir: `${config.data}/identity`, node: config.node.id, names: doorNames(config), url, token });
  const authorities = config.mqtt.clientAuthorities;
  const access = nodeAccess(
    { ...config.access, anonymous: config.mqtt.anonymous, certificates: authorities !== '' },
    {
      ...world,
      store: diskCredentials(config.data),
      operatorToken: () => operatorTokenHash(config.data, world.entropy),
    },
  );
  const listeners = await doorListeners(
    config,
    who,
    authorities === '' ? undefined : await readFile(authorities, 'utf8'),
    world.log,
  );
  const door = { listeners, clientsMax: config.mqtt.clientsMax, packetSizeMax: config.mqtt.payloadMax };
  let operations: BrokerOperations | undefined;
  let http: HttpDoor | undefined;
  const routes: readonly Route[] = [...brokerRoutes(() => operations!, world.clock), ...credentialRoutes(access.desk)];
  const pages: HttpDoorWorld = {
    ...world,
    gate: access.gate,
    routes,
    status: () => ({ node: config.node.id, ...node.report() }),
    metrics: () => node.metrics() + access.metrics(),
  };
  const node = edgeNode(config, world, {
    disk: systemDisk,
    decoders: own.value,
    snapshots: diskSnapshots(systemDisk, `${config.data}/snapshots`),
    transport: url === '' ? undefined : websocketTransport(url, who),
    door(intake) {
      const sessions = journalSessions({ dir: `${config.data}/sessions` }, { ...world, disk: systemDisk });
      const mqtt = mqttDoor(door, { ...world, gate: access.gate, sessions }, intake);
      operations = mqtt.operations;
      return mqtt;
    },
    doors: [
      (intake, commands) =>
        (http = httpDoor({ ...config.http, payloadMax: config.intake.payloadMax, software }, pages, intake, commands)),
    ],
    pack,
    memoryBytes: () => process.memoryUsage.rss(),
  });
  return {
    ...stack(access.opening, node, access.resuming),
    node,
    gate: access.gate,
    routes,
    get httpPort() {
      return http?.port ?? config.http.port;
    },
    listening: listeners.map(({ transport, host, port }) => ({ transport, host, port })),
  };
}
