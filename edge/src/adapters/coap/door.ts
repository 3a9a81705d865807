import {
  type Bound,
  coapMetrics,
  coapServer,
  type Datagrams,
  type Resource,
  type Security,
  type Streams,
} from '@selvedge/coap';
import {
  type Clock,
  defineMetrics,
  type Entropy,
  type Log,
  type Random,
  type Service,
  service,
  stack,
} from '@selvedge/kernel';
import type { Commands, DeviceIntake, Gate, LastReadings, Outlet } from '../../ports.ts';
import { answering } from './answer.ts';
import { commandResult, deviceCommands, deviceStatus } from './commands.ts';
import { listening as listeningOf } from './listening.ts';
import { coapDoorMetrics } from './metrics.ts';
import { protectedOnly } from './protected-only.ts';
import { allReadings, deviceReadings } from './readings.ts';
import { sharedMeters } from './shared-meters.ts';
import { watching as watchingOf } from './watching.ts';

/** One socket of the door. */
export interface Way {
  readonly transport: Datagrams | Streams;
  /** Requests that neither OSCORE nor TLS protects are looked at, too. */
  readonly plain: boolean;
}

export interface CoapDoorOptions {
  readonly ways: readonly Way[];
  readonly connectionsMax: number;
  readonly observersMax: number;
  /** Bytes of one payload of readings. */
  readonly payloadMax: number;
}

export interface CoapDoorWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly gate: Gate;
  /** What protects requests; the door starts and stops it. */
  readonly security?: (Security & Service) | undefined;
}

export interface CoapDoor extends Service, Outlet {
  /** Where it can be reached, once it has started. */
  readonly addresses: readonly Bound[];
  metrics(): string;
}

/**
 * Some 200 bytes for each message that is remembered, and what it was answered: these are 11 MiB at most. At 10 000
 * messages a second a copy is known for 3 s, which is when the first one comes; below 130 a second for as long as RFC 7252
 * wants.
 */
const remembered = { duplicatesMax: 32_768, duplicatesBytesMax: 4 * 2 ** 20, peersMax: 10_000 } as const;

/** The CoAP door: readings to post, get and observe, commands to observe, results and statuses to post. */
export function coapDoor(
  options: CoapDoorOptions,
  world: CoapDoorWorld,
  intake: DeviceIntake,
  commands: Commands,
  readings: LastReadings,
): CoapDoor {
  const { clock, gate, log, security } = world;
  const metrics = defineMetrics(coapMetrics);
  const own = defineMetrics(coapDoorMetrics);
  const watching = watchingOf(gate);
  const listening = listeningOf(clock, commands);
  const parts = { gate, intake, commands, readings, listening, watching, payloadMax: options.payloadMax };
  const resources = [
    allReadings(parts),
    deviceReadings(parts),
    deviceCommands(parts),
    commandResult(parts),
    deviceStatus(parts),
  ].map((one) => answered(one, { log, refusals: own.refusals }));

  const lend = sharedMeters(metrics);
  const { connectionsMax, observersMax, ways } = options;
  const endpoints = ways.map(({ transport, plain }) =>
    coapServer(
      { resources, limits: { ...remembered, connectionsMax, observersMax } },
      {
        ...{ clock, random: world.random, entropy: world.entropy, log },
        transports: [transport],
        metrics: lend(),
        security: plain ? (security ?? nothing) : protectedOnly(security),
      },
    ),
  );

  const ended = new AbortController();
  let beating: Promise<void> | undefined;
  const lifecycle = service({
    start() {
      beating = listening.watch(ended.signal);
    },
    async stop() {
      watching.stop();
      ended.abort();
      await beating;
    },
  });
  return {
    ...stack(...(security ? [security] : []), lifecycle, ...endpoints),
    publish: listening.outlet.publish,
    onSubscribed: listening.outlet.onSubscribed,
    get clients() {
      return listening.outlet.clients;
    },
    get addresses() {
      return endpoints.flatMap(({ addresses }) => addresses);
    },
    metrics() {
      own.watchers.set(listening.outlet.clients);
      return metrics.expose() + own.expose();
    },
  };
}

const nothing: Security = { unprotectRequest: () => ({ kind: 'plain' }), protectRequest: () => undefined };

/** A resource whose handlers answer faults. */
const answered = (resource: Resource, world: Parameters<typeof answering>[1]): Resource => ({
  ...resource,
  ...(resource.get && { get: answering(resource.get, world) }),
  ...(resource.post && { post: answering(resource.post, world) }),
});
