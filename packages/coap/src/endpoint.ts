import {
  type Clock,
  defineMetrics,
  type Entropy,
  type Log,
  type Metrics,
  type Random,
  type Service,
  service,
  silentLog,
} from '@selvedge/kernel';
import { exchanges } from './client/exchanges.ts';
import { latest } from './client/latest.ts';
import { type Observing, observe } from './client/observation.ts';
import {
  type ClientRequest,
  type ClientResponse,
  noResponseAtAll,
  readResponse,
  writeRequest,
} from './client/requests.ts';
import { type Located, locate, type Target } from './client/target.ts';
import { type TransferAbout, transfers } from './client/transfer.ts';
import { defaultLimits, type Limits } from './config.ts';
import { type Connections, connections } from './connections/connections.ts';
import { type MessageLayer, messageLayer } from './datagrams/message-layer.ts';
import { coapFaults } from './faults.ts';
import type { Line, Upcalls } from './line.ts';
import { coapMetrics } from './metrics.ts';
import type { Address, Datagrams, Security, Streams, Transport } from './ports.ts';
import type { Resource } from './resource.ts';
import { routes, segmentsOf } from './server/routes.ts';
import { server } from './server/serve.ts';
import { wellKnownCore } from './server/well-known.ts';
import { deadlines } from './timing/deadlines.ts';

export interface EndpointOptions {
  /** What this endpoint serves, besides `/.well-known/core`. */
  readonly resources?: readonly Resource[];
  /** What is left out has its default; see `limitsSchema`. */
  readonly limits?: Partial<Limits>;
}

export interface EndpointWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly entropy: Entropy;
  /** At most one of each kind. */
  readonly transports: readonly (Datagrams | Streams)[];
  readonly log?: Log;
  readonly metrics?: Metrics<typeof coapMetrics>;
  /** Protects messages, such as OSCORE. */
  readonly security?: Security;
}

export interface Bound extends Address {
  readonly transport: Transport;
}

/** Both a server and a client, on the same sockets. */
export interface Endpoint extends Service {
  /** Where it can be reached. Empty until it has been started. */
  readonly addresses: readonly Bound[];
  /**
   * Sends a request and gives the whole response, whatever its code. Throws a fault of `coapFaults`, or the signal's
   * reason.
   */
  request(target: string | URL | Target, request?: ClientRequest): Promise<ClientResponse>;
  /** Observes a resource. Settles when the server has accepted; throws COAP_NOT_OBSERVABLE where it does not. */
  observe(target: string | URL | Target, request?: ClientRequest): Promise<Observation>;
  /** The representation at this path has changed: its observers get the new one, soon. */
  changed(path: string): void;
}

/** The states of a resource; a reader who is slow gets the newest only. Leaving a loop over it cancels it. */
export interface Observation extends AsyncIterable<ClientResponse>, AsyncDisposable {
  /** The newest state. */
  readonly latest: ClientResponse;
  /** Tells the server, and ends. */
  cancel(): Promise<void>;
}

/** An endpoint of CoAP (RFC 7252) over each of the transports. */
export function coapEndpoint(options: EndpointOptions, world: EndpointWorld): Endpoint {
  const limits: Limits = { ...defaultLimits, ...options.limits };
  const log = world.log ?? silentLog;
  const metrics = world.metrics ?? defineMetrics(coapMetrics);
  const timing = deadlines(world.clock);
  const lent = { ...world, log, metrics, deadlines: timing, security: world.security };
  const listed = options.resources ?? [];
  const serving = server(limits, routes([...listed, wellKnownCore(listed)]), lent);
  const asking = exchanges(limits, lent);
  const moving = transfers(limits, asking, world);
  const upcalls: Upcalls = {
    request: serving.handle,
    response: asking.take,
    closed(line) {
      serving.closed(line);
      asking.closed(line);
    },
  };
  const datagrams = world.transports.find((one): one is Datagrams => one.transport === 'udp');
  const streams = world.transports.filter((one): one is Streams => one.transport !== 'udp');
  const layer: MessageLayer | undefined =
    datagrams && messageLayer(limits, { ...lent, transmit: datagrams.send }, upcalls);
  const joined = new Map<Transport, Connections>(
    streams.map((one) => [one.transport, connections(one, limits, lent, upcalls)]),
  );
  const addresses: Bound[] = [];
  let state: 'new' | 'running' | 'stopped' = 'new';

  const lineTo = async ({ transport, host, port }: Target, signal: AbortSignal): Promise<Line> => {
    if (state !== 'running') throw coapFaults('COAP_STOPPED', `the endpoint is ${state}`);
    const connected = joined.get(transport);
    if (connected) return connected.line({ host, port }, signal);
    if (transport !== 'udp' || !datagrams || !layer)
      throw coapFaults('COAP_NO_TRANSPORT', `this endpoint has no transport for ${transport}`, { transport });
    return layer.line({ host: await datagrams.resolve(host), port });
  };

  const prepare = async (target: string | URL | Target, request: ClientRequest) => {
    const located: Located =
      typeof target === 'string' || target instanceof URL ? locate(target) : { ...target, options: [] };
    const unsent = writeRequest(located.options, request);
    const signal = request.signal ?? new AbortController().signal;
    signal.throwIfAborted();
    const about: TransferAbout = {
      confirmable: request.confirmable ?? true,
      signal: request.signal,
      unanswered: request.noResponse === noResponseAtAll,
      blockSize: request.blockSize,
      single: request.block !== undefined,
    };
    return { line: await lineTo(located, signal), unsent, about };
  };

  return {
    ...service({
      async start() {
        state = 'running';
        if (datagrams) addresses.push({ ...(await datagrams.start(layer!.receive)), transport: 'udp' });
        for (const one of streams) {
          const address = await one.start(joined.get(one.transport)!.accept);
          if (address) addresses.push({ ...address, transport: one.transport });
        }
      },
      async stop() {
        state = 'stopped';
        serving.stop();
        asking.stop();
        layer?.stop();
        await Promise.all([...joined.values()].map((one) => one.stop()));
        timing.stop();
        await Promise.all(world.transports.map((one) => one.stop()));
      },
    }),
    addresses,
    async request(target, request = {}) {
      const { line, unsent, about } = await prepare(target, request);
      return readResponse(await moving.request(line, unsent, about));
    },
    async observe(target, request = {}) {
      const { line, unsent, about } = await prepare(target, request);
      let newest: ClientResponse | undefined;
      let observing: Observing | undefined;
      const states = latest<ClientResponse>(() => observing?.cancel());
      observing = await observe(
        line,
        unsent,
        about,
        {
          changed(answered) {
            newest = readResponse(answered);
            states.put(newest);
          },
          ended: (cause) => states.end(cause),
        },
        { ...world, deadlines: timing, exchanges: asking, transfers: moving },
      );
      const cancel = (): Promise<void> => {
        observing?.cancel();
        states.end();
        return Promise.resolve();
      };
      return {
        get latest() {
          return newest!;
        },
        cancel,
        [Symbol.asyncIterator]: states[Symbol.asyncIterator],
        [Symbol.asyncDispose]: cancel,
      };
    },
    changed: (path) => serving.changed(segmentsOf(path)),
  };
}

/** An endpoint that serves. It may request too. */
export const coapServer = (
  options: EndpointOptions & { readonly resources: readonly Resource[] },
  world: EndpointWorld,
): Endpoint => coapEndpoint(options, world);

/** An endpoint that requests; what others request from it is answered with 4.04. */
export const coapClient = (options: Omit<EndpointOptions, 'resources'>, world: EndpointWorld): Endpoint =>
  coapEndpoint(options, world);
