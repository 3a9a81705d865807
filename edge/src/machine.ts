import { readFile } from 'node:fs/promises';
import type { Journal } from '@selvedge/journal';
import { systemDisk } from '@selvedge/journal/disk';
import { type Service, stack } from '@selvedge/kernel';
import { diskSpool, journalSessions } from '@selvedge/mqtt';
import type { Bridges, BridgesWorld } from './adapters/bridge/bridges.ts';
import type { Accept } from './adapters/bridge/dials.ts';
import { coapOf } from './adapters/coap/asleep.ts';
import { closedJournals } from './adapters/disk/closed-journals.ts';
import { diskCredentials } from './adapters/disk/credentials.ts';
import { loadDecoders } from './adapters/disk/decoders.ts';
import { operatorTokenHash } from './adapters/disk/operator-token.ts';
import { diskSnapshots } from './adapters/disk/snapshots.ts';
import { type HttpDoor, type HttpDoorWorld, httpDoor } from './adapters/http/door.ts';
import { mqttDoor } from './adapters/mqtt/door.ts';
import { doorListeners } from './adapters/mqtt/listeners.ts';
import { brokerRoutes } from './adapters/operations/broker-routes.ts';
import { credentialRoutes } from './adapters/operations/credential-routes.ts';
import { linkRoutes } from './adapters/operations/link-routes.ts';
import { routeRoutes } from './adapters/operations/route-routes.ts';
import { identity } from './adapters/trust/identity.ts';
import { websocketTransport } from './adapters/websocket/transport.ts';
import { zstdBundles } from './adapters/zlib/bundle.ts';
import { pack } from './adapters/zlib/pack.ts';
import { doorNames, type EdgeConfig, journalOptions, software } from './config.ts';
import { type NodeAccess, nodeAccess } from './engines/access/access.ts';
import { actuatorUrls } from './engines/actuator/actions.ts';
import { bridgeCursors } from './engines/bridge/cursors.ts';
import { isReadingTopic } from './engines/bridge/readings.ts';
import { edgeFaults } from './faults.ts';
import { type EdgeNode, edgeNode } from './node.ts';
import type { BrokerOperations, ConfigurationLine, EdgeWorld, Gate, Route } from './ports.ts';

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
export async function edgeMachine(
  config: EdgeConfig,
  world: EdgeWorld,
  configuration?: ConfigurationLine,
): Promise<EdgeMachine> {
  const { url, token } = config.link;
  const own = await loadDecoders(config.intake.decoders, config.intake.topicMaps);
  if (!own.ok) throw edgeFaults('EDGE_DECODER_UNUSABLE', own.why);
  const who = identity({ dir: `${config.data}/identity`, node: config.node.id, names: doorNames(config), url, token });
  const access = accessOf(config, world);
  const authorities = await authoritiesOf(config);
  const listeners = await doorListeners(config, who, authorities, world.log);
  const snapshots = diskSnapshots(systemDisk, `${config.data}/snapshots`);
  const parts = { ...world, gate: access.gate, snapshots, certificate: who, authorities };
  const coap = await coapOf(config, parts);
  // Who calls nobody is spared the memory of the package.
  const actuators =
    actuatorUrls(config.rules).length > 0
      ? await (await import('./adapters/coap/open.ts')).openActuators(config, parts)
      : undefined;
  const journal = (): Journal => node.journal;
  const readings = { journal, isReading: isReadingTopic(config.intake.topicMaps, own.value) };
  const bridges =
    config.bridges.length > 0
      ? await bridgesOf(config, { ...world, snapshots, readings, accept: (...of) => accept!(...of) })
      : undefined;
  const bridged = config.bridges.map(({ name }) => name);
  const { clientsMax, payloadMax, spoolMax } = config.mqtt;
  const door = { listeners, clientsMax, packetSizeMax: payloadMax, readMax: config.intake.payloadMax };
  let operations: BrokerOperations | undefined;
  let accept: Accept | undefined;
  let http: HttpDoor | undefined;
  const routes: readonly Route[] = [
    ...brokerRoutes(() => operations!, world.clock),
    ...credentialRoutes(access.desk),
    ...routeRoutes((device) => node.explain(device)),
    ...linkRoutes(() => node.report()),
  ];
  const pages: HttpDoorWorld = {
    ...world,
    gate: access.gate,
    routes,
    status: () => ({ node: config.node.id, ...node.report() }),
    metrics: () => node.metrics() + access.metrics() + (coap?.metrics() ?? '') + (bridges?.metrics() ?? ''),
  };
  const node = edgeNode(config, world, {
    disk: systemDisk,
    closed: closedJournals(`${config.data}/closed`, journalOptions(config), { ...world, disk: systemDisk }),
    decoders: own.value,
    snapshots,
    transport: url === '' ? undefined : websocketTransport(url, who),
    door(intake) {
      const sessions = journalSessions({ dir: `${config.data}/sessions` }, { ...world, disk: systemDisk });
      const gate = bridges?.gate(access.gate) ?? access.gate;
      const spool = diskSpool({ dir: `${config.data}/spool`, sizeMax: spoolMax }, { disk: systemDisk });
      const mqtt = mqttDoor(door, { ...world, gate, sessions, spool }, intake);
      operations = mqtt.operations;
      accept = mqtt.accept;
      return mqtt;
    },
    doors: [
      (intake, commands, _readings, twins) => {
        const options = { ...config.http, payloadMax: config.intake.payloadMax, software };
        return (http = httpDoor(options, pages, intake, commands, twins));
      },
      ...(coap ? [coap.open] : []),
    ],
    ...(actuators && { actuators }),
    ...(bridges && { bridges: bridges.states }),
    ...(configuration && { configuration }),
    pack,
    bundle: zstdBundles('default'),
    memoryBytes: () => process.memoryUsage.rss(),
  });
  return {
    ...stack(
      ...[access.opening, node, bridgeCursors(bridged, { snapshots, journal })],
      ...(bridges ? [bridges] : []),
      access.resuming,
    ),
    node,
    gate: access.gate,
    routes,
    get httpPort() {
      return http?.port ?? config.http.port;
    },
    get listening() {
      const places = listeners.map(({ transport, host, port }) => ({ transport, host, port }));
      return [...places, ...(coap?.addresses() ?? []).map((one) => ({ ...one, transport: `coap/${one.transport}` }))];
    },
  };
}

/** A node with the CoAP door and without everything else: no other door, no cloud. */
export async function coapMachine(
  config: EdgeConfig,
  world: EdgeWorld,
): Promise<Service & Pick<EdgeMachine, 'node' | 'gate' | 'listening'>> {
  const access = accessOf(config, world);
  const certificate = identity({ dir: `${config.data}/identity`, node: config.node.id, names: [], url: '', token: '' });
  const snapshots = diskSnapshots(systemDisk, `${config.data}/snapshots`);
  const authorities = await authoritiesOf(config);
  const { openCoap } = await import('./adapters/coap/open.ts');
  const coap = await openCoap(config, { ...world, gate: access.gate, snapshots, certificate, authorities });
  const node = edgeNode(config, world, {
    disk: systemDisk,
    snapshots,
    transport: undefined,
    door: coap.open,
    pack,
    bundle: zstdBundles('default'),
    memoryBytes: () => process.memoryUsage.rss(),
  });
  return {
    ...stack(access.opening, node, access.resuming),
    node,
    gate: access.gate,
    get listening() {
      return coap.addresses();
    },
  };
}

/** Who has no bridges is spared the memory of mqtt.js. */
async function bridgesOf(
  { node, bridges, bridgePasswords: passwords }: EdgeConfig,
  world: BridgesWorld,
): Promise<Bridges> {
  const { nodeBridges } = await import('./adapters/bridge/bridges.ts');
  return await nodeBridges({ node: node.id, bridges, passwords }, world);
}

const accessOf = (config: EdgeConfig, world: EdgeWorld): NodeAccess =>
  nodeAccess(
    { ...config.access, anonymous: config.mqtt.anonymous, certificates: config.mqtt.clientAuthorities !== '' },
    {
      ...world,
      store: diskCredentials(config.data),
      operatorToken: () => operatorTokenHash(config.data, world.entropy),
    },
  );

/** PEM of those whose client certificates the doors believe. */
const authoritiesOf = async ({ mqtt }: EdgeConfig): Promise<string | undefined> =>
  mqtt.clientAuthorities === '' ? undefined : await readFile(mqtt.clientAuthorities, 'utf8');
