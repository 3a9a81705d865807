import { type Duplex, duplexPair } from 'node:stream';
import type { Clock, Duration } from '@selvedge/kernel';
import { connect, type IClientOptions, MqttClient } from 'mqtt';
import type { Dial } from '../../engines/bridge/line.ts';
import { mqttLine } from './line.ts';

/** Where a bridge's line leads, and who comes. */
export interface RemoteOptions {
  readonly url: string;
  readonly protocol: '5' | '3.1.1';
  /** Of the node and bridge; each session puts its name behind it. */
  readonly clientId: string;
  readonly sessionExpiry: Duration;
  /** By the names of mqtt.js: username, password, ca, cert, key. */
  readonly credentials: IClientOptions;
}

/** Lines to an external broker. It must prove who it is wherever TLS is spoken. */
export function remoteDial(options: RemoteOptions, world: { readonly clock: Clock }): Dial {
  const { url, clientId, sessionExpiry } = options;
  const credentials = { ...options.credentials, rejectUnauthorized: true };
  return (of, events, signal) =>
    mqttLine(
      {
        ...of,
        url,
        clientId: `${clientId}-${of.session}`,
        version: options.protocol === '5' ? 5 : 4,
        // Readings wait in the journal: nothing is to be kept there.
        sessionExpiry: of.session === 'readings' ? 0 : Math.min(Math.ceil(sessionExpiry / 1_000), never),
        credentials,
      },
      events,
      world,
      (client) => connect(url, client),
      signal,
    );
}

/** Hands a byte stream to the node's own broker. */
export type Accept = (stream: Duplex, about: { readonly address: string; readonly secure: boolean }) => void;

export interface LocalOptions {
  readonly bridge: string;
  readonly username: string;
  readonly password: Uint8Array;
}

/** Lines to this node's own broker, through memory. */
export function localDial(
  { bridge, username, password }: LocalOptions,
  world: { readonly clock: Clock; readonly accept: Accept },
): Dial {
  return (of, events, signal) => {
    const open = (options: IClientOptions): MqttClient =>
      new MqttClient(() => {
        const [ours, theirs] = duplexPair();
        ours.on('close', () => theirs.destroy());
        theirs.on('close', () => ours.destroy());
        world.accept(theirs, { address: `bridge ${bridge}:0`, secure: true });
        return ours;
      }, options);
    return mqttLine(
      {
        ...of,
        url: 'this node',
        clientId: of.session,
        version: 5,
        sessionExpiry: never,
        credentials: { username, password: password as Buffer },
      },
      events,
      world,
      open,
      signal,
    );
  };
}

/** MQTT 5: the session does not expire; a broker may keep it for a shorter time. */
const never = 0xffff_ffff;
