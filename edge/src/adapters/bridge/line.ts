import { Buffer } from 'node:buffer';
import { type Clock, type Fault, seconds } from '@selvedge/kernel';
import type { IClientOptions, IConnackPacket, MqttClient } from 'mqtt';
import { bridgeFaults } from '../../engines/bridge/faults.ts';
import type { DialOptions, Line, LineEvents, LineLimits } from '../../engines/bridge/line.ts';
import type { Wanted } from '../../engines/bridge/mapping.ts';
import { type AcknowledgementType, acknowledgement, type ManualClient, manualClient, unsent } from './manual-client.ts';
import { propertiesFor } from './message.ts';

export interface LineOptions extends DialOptions {
  /** For people to read. */
  readonly url: string;
  readonly clientId: string;
  readonly version: 4 | 5;
  /** Seconds. */
  readonly sessionExpiry: number;
  readonly credentials: IClientOptions;
}

/** Milliseconds. */
const connectTimeout = 10_000;
const keepaliveSeconds = 30;
/** How long an orderly end may take before the socket is cut. */
const closeTimeout = seconds(1);

/** Connects by mqtt.js. Rejects with BRIDGE_UNREACHABLE or BRIDGE_REFUSED, or the signal's reason. */
export async function mqttLine(
  options: LineOptions,
  events: LineEvents,
  world: { readonly clock: Clock },
  connect: (options: IClientOptions) => MqttClient,
  signal: AbortSignal,
): Promise<Line> {
  signal.throwIfAborted();
  const { url, version } = options;
  const ended = new AbortController();
  const answer = Promise.withResolvers<IConnackPacket>();
  let failure: Error | undefined;
  let hasConnected: boolean = false;
  const end = (cause: unknown): void => {
    signal.removeEventListener('abort', abort);
    if (!ended.signal.aborted) ended.abort(cause);
    answer.reject(cause);
    manual.client.end(true);
  };
  const abort = (): void => end(signal.reason);
  signal.addEventListener('abort', abort, { once: true });

  const manual = manualClient(connect, clientOptions(options), events, end);
  const { client } = manual;
  client.on('error', (cause) => {
    if (cause === unsent) return;
    failure = cause;
    // Not every failure closes the socket by itself.
    if (hasConnected) end(lostFault(url, cause));
    else if (isRefusal(cause)) end(faultOf(url, cause));
  });
  client.on('disconnect', (packet) => {
    failure = new Error(`it ended the session with reason code ${packet.reasonCode ?? 0}`);
  });
  client.on('close', () => end(hasConnected ? lostFault(url, failure) : faultOf(url, failure)));
  client.once('connect', (packet) => {
    hasConnected = true;
    answer.resolve(packet);
  });
  const connack = await answer.promise;
  return {
    ...lineOn(manual, url, version, ended.signal),
    lost: ended.signal,
    resumed: connack.sessionPresent,
    limits: limitsOf(connack, version),
    open: manual.open,
    async close() {
      if (ended.signal.aborted) return;
      // DISCONNECT
      client.stream.end(Buffer.from([0xe0, 0]));
      await world.clock.sleep(closeTimeout, ended.signal).then(
        () => end(bridgeFaults('BRIDGE_LOST', `${url}: ended here`)),
        () => undefined,
      );
    },
  };
}

/** What is said on a connection. */
function lineOn(
  manual: ManualClient,
  url: string,
  version: 4 | 5,
  lost: AbortSignal,
): Omit<Line, 'lost' | 'resumed' | 'limits' | 'open' | 'close'> {
  const { client } = manual;
  const send = (type: AcknowledgementType) => (id: number) => {
    if (!lost.aborted) manual.send(type, id);
  };
  const request = async (what: string, ask: () => Promise<unknown>): Promise<void> => {
    manual.nextId = (manual.nextId % 65_535) + 1;
    try {
      await ask();
    } catch (cause) {
      lost.throwIfAborted();
      throw bridgeFaults('BRIDGE_REFUSED', `${url}: ${what}: ${said(cause)}`, {}, cause);
    }
  };
  return {
    subscribe: (wanted) =>
      request(`no subscription to ${wanted.map(({ filter }) => filter).join(', ')}`, () =>
        client.subscribeAsync(subscriptions(wanted)),
      ),
    unsubscribe: (filters) => request('no end of subscriptions', () => client.unsubscribeAsync([...filters])),
    publish({ topic, payload, qos, retain, duplicate: dup, properties }, id) {
      if (lost.aborted) return;
      manual.nextId = id;
      const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
      const more = version === 5 ? { properties: propertiesFor(properties) } : {};
      client.publish(topic, bytes, { qos, retain, dup: dup && qos > 0, ...more }, () => undefined);
    },
    acknowledge: send(acknowledgement.puback),
    receive: send(acknowledgement.pubrec),
    release: send(acknowledgement.pubrel),
    complete: send(acknowledgement.pubcomp),
  };
}

const clientOptions = ({ clientId, clean, version, receiveMax, sessionExpiry, credentials }: LineOptions) =>
  ({
    ...credentials,
    clientId,
    clean,
    protocolVersion: version,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    connectTimeout,
    keepalive: keepaliveSeconds,
    ...(version === 5 && { properties: { sessionExpiryInterval: sessionExpiry, receiveMaximum: receiveMax } }),
  }) satisfies IClientOptions;

/** Retained messages come with a new subscription alone, and are told from live ones as they were published. */
const subscriptions = (wanted: readonly Wanted[]) =>
  Object.fromEntries(wanted.map(({ filter, qos }) => [filter, { qos, nl: false, rap: true, rh: 1 }]));

function limitsOf({ properties = {} }: IConnackPacket, version: 4 | 5): LineLimits {
  return {
    version,
    receiveMax: properties.receiveMaximum ?? 65_535,
    packetSizeMax: properties.maximumPacketSize ?? 268_435_460,
    qosMax: (properties as { maximumQoS?: 0 | 1 }).maximumQoS ?? 2,
    retains: properties.retainAvailable ?? true,
  };
}

/** CONNACK reasons are numbers; what the system says of a socket is text. */
const isRefusal = (cause: Error): boolean => typeof (cause as { code?: unknown }).code === 'number';

const lostFault = (url: string, cause: Error | undefined): Fault =>
  bridgeFaults('BRIDGE_LOST', `${url}: ${cause ? said(cause) : 'it closed the connection'}`, {}, cause);

function faultOf(url: string, cause: Error | undefined): Fault {
  if (!cause) return bridgeFaults('BRIDGE_UNREACHABLE', `${url} closed the connection`);
  if (isRefusal(cause)) return bridgeFaults('BRIDGE_REFUSED', `${url}: ${cause.message}`, {}, cause);
  return bridgeFaults('BRIDGE_UNREACHABLE', `${url}: ${said(cause)}`, {}, cause);
}

/** Node gives no message when several addresses failed at once, but each of them has one. */
const said = (cause: unknown): string => {
  if (cause instanceof AggregateError && cause.errors.length > 0) return said(cause.errors[0]);
  return cause instanceof Error ? cause.message : String(cause);
};
