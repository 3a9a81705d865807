import { bytes, type Config, duration, millis, minutes, number, readConfig, seconds } from '@selvedge/kernel';

const count = (most: number, fallback: number, doc: string) =>
  number({ min: 1, max: most, whole: true, default: fallback, doc });

/** Every number of an endpoint with its default. A door that embeds it may take this into its own schema. */
export const limitsSchema = {
  ackTimeout: duration({ default: seconds(2), doc: 'ACK_TIMEOUT: the shortest wait before the first retransmission.' }),
  ackRandomFactor: number({
    min: 1,
    max: 10,
    default: 1.5,
    doc: 'ACK_RANDOM_FACTOR: how much longer that wait may be, by chance.',
  }),
  retransmitMax: number({ min: 0, max: 20, whole: true, default: 4, doc: 'MAX_RETRANSMIT.' }),
  nstart: count(1_000, 1, 'NSTART: requests and confirmable messages under way to one peer; the rest waits.'),
  queuedMax: count(1e5, 256, 'Messages waiting for `nstart` for one peer; beyond it a new one is refused.'),
  exchangeLifetime: duration({
    default: seconds(247),
    doc: 'EXCHANGE_LIFETIME: how long a confirmable message is recognised when it comes again.',
  }),
  nonLifetime: duration({ default: seconds(145), doc: 'NON_LIFETIME: the same for a non-confirmable one.' }),
  ackDelay: duration({
    default: millis(500),
    doc: 'A request not answered by then is acknowledged empty, and answered in a message of its own.',
  }),
  responseWithin: duration({ default: seconds(93), doc: 'How long a request of ours waits for its response.' }),
  duplicatesMax: count(1e7, 200_000, 'Messages recognised when they come again; beyond it the oldest is forgotten.'),
  duplicatesBytesMax: bytes({
    default: 32 * 2 ** 20,
    doc: 'Bytes of answers kept for messages that come again; beyond it the oldest is forgotten.',
  }),
  peersMax: count(1e6, 20_000, 'Datagram peers remembered; beyond it the one idle longest is forgotten.'),
  requestsMax: count(1e6, 4_096, 'Requests executed at a time; beyond it 5.03 is the answer.'),
  peerRequestsMax: count(1e5, 128, 'Requests of one peer executed at a time; beyond it 5.03 is the answer.'),
  datagramSizeMax: number({
    min: 64,
    max: 65_507,
    whole: true,
    default: 1_152,
    doc: 'Bytes of the largest datagram sent.',
  }),
  amplification: number({
    min: 0,
    max: 1e6,
    default: 3,
    doc: 'Bytes sent to a peer whose address is not proven, for each byte received from it; 0: as many as there are. A loopback address needs no proof.',
  }),
  unprovenBytes: bytes({ default: 136, doc: 'Bytes sent to such a peer before that ratio counts.' }),
  blockSizeMax: number({ min: 16, max: 1_024, whole: true, default: 1_024, doc: 'Bytes of the largest block.' }),
  bodySizeMax: bytes({ default: 2 ** 20, doc: 'Largest body taken in blocks, in requests and in responses.' }),
  assembliesMax: count(1e6, 1_000, 'Request bodies that come in blocks at a time; beyond it the oldest is forgotten.'),
  assembliesBytesMax: bytes({
    default: 16 * 2 ** 20,
    doc: 'Bytes of those bodies; beyond it the oldest is forgotten.',
  }),
  assemblyWithin: duration({ default: seconds(60), doc: 'How long such a body may wait for its next block.' }),
  snapshotsMax: count(1e6, 1_000, 'Responses kept while their blocks are fetched; beyond it the oldest is forgotten.'),
  snapshotsBytesMax: bytes({
    default: 16 * 2 ** 20,
    doc: 'Bytes of those responses; beyond it the oldest is forgotten.',
  }),
  snapshotWithin: duration({ default: seconds(60), doc: 'How long such a response is kept after its last block.' }),
  observersMax: count(1e6, 10_000, 'Observers of all resources; beyond it a request is answered without observing.'),
  peerObserversMax: count(1e5, 64, 'Observers of one peer; beyond it a request is answered without observing.'),
  confirmEvery: count(
    1_000,
    5,
    'Every so many notifications one is confirmable, also where the resource asks for others.',
  ),
  confirmWithin: duration({
    default: minutes(60),
    doc: 'A notification is confirmable if the last confirmed one is this long ago.',
  }),
  connectionsMax: count(1e6, 4_096, 'Connections taken; beyond it a new one is closed.'),
  messageSizeMax: bytes({
    default: 2 ** 16 + 2_048,
    doc: 'Largest message taken on a connection; the peer is told, and closed beyond it.',
  }),
  settingsWithin: duration({ default: seconds(5), doc: 'Time from the connection to its first message, the CSM.' }),
  connectWithin: duration({ default: seconds(10), doc: 'How long an attempt to connect may take.' }),
  idleMax: duration({
    default: minutes(5),
    doc: 'A connection silent for this long is asked with a Ping, then closed.',
  }),
  outgoingMax: bytes({
    default: 2 ** 20,
    doc: 'Bytes that a peer has not yet read from its connection; beyond it the connection is closed.',
  }),
} as const;

export type Limits = Config<typeof limitsSchema>;

export const defaultLimits: Limits = readConfig(limitsSchema, { prefix: 'COAP', env: {} });
