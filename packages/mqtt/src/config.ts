import {
  bytes,
  type Config,
  type Duration,
  days,
  duration,
  hours,
  number,
  readConfig,
  seconds,
} from '@selvedge/kernel';

const count = (most: number, fallback: number, doc: string) =>
  number({ min: 1, max: most, whole: true, default: fallback, doc });

/** Every bound of the broker with its default. A door that embeds the broker may take this into its own schema. */
export const limitsSchema = {
  packetSizeMax: bytes({
    default: 2 ** 20,
    doc: 'Largest packet taken from a client; it is told, and closed beyond it.',
  }),
  connectSizeMax: bytes({ default: 16 * 2 ** 10, doc: 'Largest packet taken before a client is authenticated.' }),
  spoolFrom: bytes({
    default: 256 * 2 ** 10,
    doc: 'A PUBLISH of this size and more goes into the spool as it comes, where there is one.',
  }),
  assemblingMax: bytes({
    default: 64 * 2 ** 20,
    doc: 'Memory for all packets of more than 64KiB that have not come whole; beyond it their clients are not read, in turn. One larger packet is taken alone.',
  }),
  assemblingWithin: duration({
    default: seconds(30),
    doc: 'While others wait for that memory, whoever has used it for longer than this is closed.',
  }),
  connectWithin: duration({
    default: seconds(5),
    doc: 'Time from the connection, before any handshake of TLS or WebSocket, to the end of authentication.',
  }),
  pendingMax: count(
    1e6,
    1_000,
    'Connections not yet authenticated; beyond it the oldest is closed once it is a second old, beyond ten times as many at once.',
  ),
  pendingBytesMax: bytes({
    default: 16 * 2 ** 20,
    doc: 'Bytes held for all connections not yet authenticated; beyond it the oldest of those that have sent more than a CONNECT may have is closed.',
  }),
  clientsMax: count(1e6, 20_000, 'Connected clients; beyond it a CONNECT is refused.'),
  sessionsMax: count(1e7, 100_000, 'Sessions, connected or kept; beyond it a new one is refused.'),
  sessionExpiryMax: duration({ default: days(7), doc: 'Longest time a session is kept without its client.' }),
  keepAliveMax: duration({
    default: hours(18),
    doc: 'Longest keep-alive; a version 5 client that asks for more, or none, is given this.',
  }),
  receiveMax: count(
    65_535,
    1_024,
    'QoS 1 and 2 publishes a version 5 client may have unacknowledged; it is told, and closed beyond it.',
  ),
  uncommittedMax: bytes({
    default: 2 ** 20,
    doc: 'Bytes taken from a client and not yet committed; beyond it nothing more is read from it.',
  }),
  inflightMax: count(
    65_535,
    1_024,
    'QoS 1 and 2 messages sent to a client and not yet acknowledged; the rest waits in its queue.',
  ),
  queuedMax: count(1e7, 10_000, 'Messages queued for one session; beyond it the newest is dropped.'),
  queuedBytesMax: bytes({
    default: 16 * 2 ** 20,
    doc: 'Payload bytes in memory queued for one session; beyond it the newest is dropped.',
  }),
  queuedTotalMax: bytes({
    default: 256 * 2 ** 20,
    doc: 'Payload bytes in memory queued for all sessions; beyond it the newest is dropped.',
  }),
  outgoingMax: bytes({
    default: 4 * 2 ** 20,
    doc: 'Bytes a client has not yet read; beyond it QoS 0 is dropped and QoS 1 and 2 wait in the queue.',
  }),
  stalledMax: duration({
    default: seconds(60),
    doc: 'A client that has bytes waiting and reads nothing for this long is closed; so is one that says nothing in the midst of a packet of more than 64KiB.',
  }),
  retainedMax: count(1e7, 100_000, 'Retained messages; beyond it a new topic is not retained.'),
  retainedBytesMax: bytes({
    default: 64 * 2 ** 20,
    doc: 'Payload bytes in memory of all retained messages; beyond it a message is not retained.',
  }),
  subscriptionsMax: count(1e6, 1_000, 'Subscriptions of one session; beyond it a filter is refused.'),
  topicLevelsMax: count(65_536, 256, 'Levels of a topic or filter; the standard knows no bound.'),
  topicAliasMax: number({ min: 0, max: 65_535, whole: true, default: 32, doc: 'Topic aliases a client may use.' }),
  propertiesMax: count(1e6, 64, 'User properties in one packet.'),
  clientIdSizeMax: count(65_535, 256, 'Bytes of a client identifier.'),
} as const;

export type Limits = Config<typeof limitsSchema>;

export const defaultLimits: Limits = readConfig(limitsSchema, { prefix: 'MQTT', env: {} });

/** One address to listen at. `tls` is for `tls` and `wss`; its fields are those of `node:tls`. */
export interface ListenerOptions {
  readonly transport: 'tcp' | 'tls' | 'ws' | 'wss';
  readonly host: string;
  /** 0: the system chooses; `Broker.listening` tells which. */
  readonly port: number;
  readonly tls?: TlsOptions;
}

export interface TlsOptions {
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
  readonly ca?: string | Buffer | readonly (string | Buffer)[];
  /** Ask each client for a certificate and refuse those that `ca` has not issued. */
  readonly requestCert?: boolean;
  /** With `requestCert`: a client may come without a certificate; one that shows a certificate still needs a good one. */
  readonly certificateOptional?: boolean;
}

export interface BrokerOptions {
  readonly listeners?: readonly ListenerOptions[];
  /** What is left out has its default; see `limitsSchema`. */
  readonly limits?: Partial<Limits>;
  /** How often the retained topics below `$SYS/broker/` are told anew; left out: never. */
  readonly status?: Duration;
}
