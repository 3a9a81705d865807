import { type Clock, defineMetrics, type Log, type Service, service } from '@selvedge/kernel';
import { isLoopback } from '../../engines/access/throttle.ts';
import type { Commands, DeviceIntake, Gate, Outlet, Route, Twins } from '../../ports.ts';
import type { InflateLimits } from './body/inflate.ts';
import { getCommands, postResult } from './commands.ts';
import { listening as listeningOf } from './listening.ts';
import { httpMetrics } from './metrics.ts';
import { openApi } from './openapi.ts';
import { operation } from './operations.ts';
import { healthPage, metricsPage, type StatusPages, statusPage } from './pages.ts';
import { postReadings } from './readings.ts';
import { type HttpRoute, router } from './router.ts';
import { httpServer, type ServerOptions } from './server.ts';
import { slots } from './slots.ts';
import { postStatus } from './statuses.ts';
import { getTwin, patchTwin } from './twins.ts';

export interface HttpDoorOptions extends ServerOptions {
  /** Bytes of a request's body, as it comes and inflated. */
  readonly bodyMax: number;
  /** Bytes of one payload in it. */
  readonly payloadMax: number;
  /** Version of this program, for the description of the interface. */
  readonly software: string;
}

export interface HttpDoorWorld extends StatusPages {
  readonly clock: Clock;
  readonly log: Log;
  readonly gate: Gate;
  /** What other parts of the node offer over HTTP. */
  readonly routes: readonly Route[];
}

export interface HttpDoor extends Service, Outlet {
  readonly port: number;
}

/** Requests with bodies that are read at once; each holds about 200 KiB. */
const requestsMax = 128;

/** Bytes for the windows of decoders of all requests together. */
const windowBytes = 32 * 2 ** 20;

/** Bytes of a status, a result or an operation's body. */
const smallMax = 65_536;

/** The HTTP door: readings, statuses and commands of devices, the pages of the node, and the operations of its parts. */
export function httpDoor(
  options: HttpDoorOptions,
  world: HttpDoorWorld,
  intake: DeviceIntake,
  commands: Commands,
  twins: Twins,
): HttpDoor {
  const { clock, gate } = world;
  const metrics = defineMetrics(httpMetrics);
  const windows = slots(windowBytes, 'bytes for decoders');
  const requests = slots(requestsMax, 'requests');
  const small: InflateLimits = { bodyMax: smallMax, lend: windows.take };
  const listening = listeningOf(clock, gate);
  const readings = {
    ...{ gate, intake, requests, windows },
    bodyMax: options.bodyMax,
    payloadMax: options.payloadMax,
    countBytes: (bytes: number) => metrics.bodyBytes.add(bytes),
  };
  const own = (): string => {
    metrics.listeners.set(listening.boxes.listening);
    return metrics.expose();
  };
  const forCommands = { clock, gate, intake, commands, listening, small };
  const forTwins = { gate, twins, small };
  const routes: readonly HttpRoute[] = [
    { method: 'GET', path: '/healthz', handle: healthPage },
    { method: 'GET', path: '/metrics', handle: metricsPage(world, own) },
    { method: 'GET', path: '/openapi.json', handle: () => ({ status: 200, body: described }) },
    { method: 'GET', path: '/v1/status', handle: statusPage(world) },
    { method: 'POST', path: '/v1/devices/{id}/readings', handle: postReadings(readings) },
    { method: 'POST', path: '/v1/devices/{id}/status', handle: postStatus({ gate, intake, small }) },
    { method: 'GET', path: '/v1/devices/{id}/commands', handle: getCommands(forCommands) },
    { method: 'POST', path: '/v1/devices/{id}/commands/{command}/result', handle: postResult(forCommands) },
    { method: 'GET', path: '/v1/devices/{id}/twin', handle: getTwin(forTwins) },
    { method: 'PATCH', path: '/v1/devices/{id}/twin', handle: patchTwin(forTwins) },
    ...world.routes.map((route) => ({ ...route, handle: operation(route, gate, small) })),
  ];
  const described = openApi(options.software, world.routes);
  const server = httpServer(options, {
    ...{ clock, log: world.log, router: router(routes), metrics },
    closing: listening.endAll,
  });
  const ended = new AbortController();
  let watching: Promise<void> | undefined;
  const lifecycle = service({
    async start(signal) {
      // A credential that crosses a network in clear is everybody's.
      const { host, port } = options;
      if (host !== 'localhost' && !isLoopback(host)) world.log.warn('door.plain_exposed', { host, port });
      await server.start(signal);
      watching = listening.watch(ended.signal);
    },
    async stop() {
      await server.stop();
      ended.abort();
      await watching;
    },
  });
  return {
    ...lifecycle,
    publish: listening.outlet.publish,
    onSubscribed: listening.outlet.onSubscribed,
    get clients() {
      return listening.outlet.clients;
    },
    get port() {
      return server.port;
    },
  };
}
