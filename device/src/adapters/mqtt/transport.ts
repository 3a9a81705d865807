import { Buffer } from 'node:buffer';
import { type Clock, type Fault, seconds } from '@selvedge/kernel';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { deviceFaults } from '../../faults.ts';
import type { Credentials } from '../../options.ts';
import type { Connection, Session, Transport } from '../../ports.ts';

export interface MqttTransportOptions extends Credentials {
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`. */
  readonly url: string;
}

/** Seconds that the edge keeps the session of a device that is away: a week. */
const sessionExpirySeconds = 7 * 24 * 3_600;
/** Milliseconds. */
const connectTimeout = 10_000;
/** How long an orderly end may take before the socket is cut. */
const closeTimeout = seconds(1);

/** MQTT 5 by mqtt.js. Every connection has a client of its own: waiting and resending are the device's decisions. */
export function mqttTransport(options: MqttTransportOptions, world: { readonly clock: Clock }): Transport {
  return {
    connect: (session, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        const ended = new AbortController();
        const client = mqtt.connect(options.url, {
          ...clientOptions(session, (cause) => end(cause)),
          ...credentialOptions(options),
        });
        const end = (cause: unknown): void => {
          signal.removeEventListener('abort', abort);
          if (!ended.signal.aborted) ended.abort(cause);
          reject(cause);
          client.end(true);
        };
        const abort = (): void => end(signal.reason);
        signal.addEventListener('abort', abort, { once: true });
        let failure: Error | undefined;
        client.on('error', (cause) => {
          failure = cause;
          if (client.connected || isRefusal(cause)) end(connectFault(options.url, cause));
        });
        client.on('disconnect', (packet) => {
          failure = new Error(`the edge ended the session (reason code ${packet.reasonCode ?? 0})`);
        });
        client.on('message', (topic, payload, packet) => {
          // QoS 1 and 2 came by `customHandleAcks`, before they are acknowledged.
          if (packet.qos === 0) session.onMessage(topic, payload).catch(end);
        });
        client.once('connect', (packet) => {
          signal.removeEventListener('abort', abort);
          resolve(connection(client, ended.signal, end, world.clock, packet.properties?.receiveMaximum ?? 65_535));
        });
        client.on('close', () => end(connectFault(options.url, failure)));
      }),
  };
}

function clientOptions(session: Session, failed: (cause: unknown) => void): IClientOptions {
  return {
    protocolVersion: 5,
    clientId: session.clientId,
    clean: false,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    connectTimeout,
    keepalive: 20,
    properties: { sessionExpiryInterval: sessionExpirySeconds, receiveMaximum: 64 },
    will: { topic: session.will.topic, payload: Buffer.from(session.will.payload), qos: 1, retain: true },
    // mqtt.js sends PUBACK or PUBREC when `acknowledge` is called, so a message is the device's only once it is durable.
    customHandleAcks: (topic, message, _packet, acknowledge) => {
      session.onMessage(topic, message).then(
        () => acknowledge(0),
        (cause: Error) => failed(cause),
      );
    },
  };
}

/** By the names of mqtt.js. The edge must prove who it is whatever is given. */
const credentialOptions = ({ tls, username, password }: Credentials): IClientOptions => ({
  ...(tls?.authority === undefined ? {} : { ca: tls.authority }),
  ...(tls?.certificate === undefined ? {} : { cert: tls.certificate }),
  ...(tls?.key === undefined ? {} : { key: tls.key }),
  ...(username === undefined ? {} : { username }),
  ...(password === undefined ? {} : { password }),
  rejectUnauthorized: true,
});

function connection(
  client: MqttClient,
  lost: AbortSignal,
  end: (cause: unknown) => void,
  clock: Clock,
  inFlightMax: number,
): Connection {
  return {
    lost,
    inFlightMax,
    publish: (topic, payload, { retain = false } = {}) =>
      new Promise<void>((resolve, reject) => {
        if (lost.aborted) return reject(lost.reason);
        const gone = (): void => reject(lost.reason);
        lost.addEventListener('abort', gone, { once: true });
        client.publish(topic, Buffer.from(payload), { qos: 1, retain }, (cause) => {
          lost.removeEventListener('abort', gone);
          if (cause) reject(publishFault(topic, cause));
          else resolve();
        });
      }),
    async subscribe(filter) {
      lost.throwIfAborted();
      const gone = Promise.withResolvers<never>();
      const fail = (): void => gone.reject(lost.reason);
      lost.addEventListener('abort', fail, { once: true });
      try {
        await Promise.race([client.subscribeAsync(filter, { qos: 2 }), gone.promise]);
      } catch (cause) {
        throw lost.aborted ? lost.reason : deviceFaults('EDGE_REFUSED', `no subscription to ${filter}: ${said(cause)}`);
      } finally {
        lost.removeEventListener('abort', fail);
      }
    },
    async close() {
      if (lost.aborted) return;
      const closed = (): void => end(deviceFaults('CONNECTION_LOST', 'the device ended the session'));
      client.end(false, {}, closed);
      await clock.sleep(closeTimeout, lost).then(closed, () => undefined);
    },
  };
}

/** Reason codes of MQTT 5 (section 2.4) that no later attempt with the same bytes can change. */
const hopeless = new Set([0x90, 0x95, 0x99]);

function publishFault(topic: string, cause: Error): Fault {
  const code = (cause as { code?: unknown }).code;
  const message = `${topic} was refused: ${cause.message}`;
  return hopeless.has(code as number)
    ? deviceFaults('READING_REFUSED', message, { code }, cause)
    : deviceFaults('EDGE_REFUSED', message, { code }, cause);
}

/** CONNACK reasons are numbers; what the system says of a socket is text. */
const isRefusal = (cause: Error): boolean => typeof (cause as { code?: unknown }).code === 'number';

function connectFault(url: string, cause: Error | undefined): Fault {
  if (!cause) return deviceFaults('CONNECTION_LOST', `${url} closed the connection`);
  if (isRefusal(cause)) return deviceFaults('EDGE_REFUSED', `${url}: ${cause.message}`, {}, cause);
  return deviceFaults('EDGE_UNREACHABLE', `${url}: ${said(cause)}`, {}, cause);
}

/** Node gives no message when several addresses failed at once, but each of them has one. */
const said = (cause: unknown): string => {
  if (cause instanceof AggregateError && cause.errors.length > 0) return said(cause.errors[0]);
  return cause instanceof Error ? cause.message : String(cause);
};
