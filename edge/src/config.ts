import type { JournalOptions } from '@selvedge/journal';
import {
  bytes,
  type Config,
  choice,
  days,
  decoded,
  duration,
  flag,
  hours,
  json,
  millis,
  minutes,
  number,
  port,
  seconds,
  secret,
  text,
} from '@selvedge/kernel';
import { checkTopicMaps, defaultTopicMaps, lanes, type TopicMap } from '@selvedge/protocol';
import type { UplinkOptions } from './engines/link/uplink.ts';
import { checkRules, defaultRules, type Rule } from './engines/rules/rule.ts';

/** Every setting of an edge node. Environment names begin with SELVEDGE_EDGE. */
export const edgeConfig = {
  data: text({ doc: 'Folder for the journal, the identity and snapshots.', default: './data/edge' }),
  logLevel: choice(['error', 'warn', 'info', 'debug'], {
    doc: 'The least serious log line that is written.',
    default: 'info',
  }),
  node: {
    id: text({ doc: 'Name of this node; the cloud knows it by this.', default: 'edge-1' }),
    devicesMax: number({
      doc: 'Devices that may report here; more are refused.',
      default: 100_000,
      min: 1,
      max: 10_000_000,
      whole: true,
    }),
  },
  mqtt: {
    host: text({ doc: 'Address of the MQTT doors.', default: '127.0.0.1' }),
    anonymous: flag({
      doc: 'Lets clients publish and subscribe without proving who they are also beyond loopback.',
      default: false,
    }),
    port: port({ doc: 'Port for MQTT over TCP; 0 lets the system choose.', default: 1883 }),
    tlsPort: port({ doc: 'Port for MQTT over TLS, open once the node has its certificate.', default: 8883 }),
    wsPort: port({ doc: 'Port for MQTT over WebSocket.', default: 8083 }),
    names: text({
      doc: 'Names and addresses, between commas, by which clients reach the TLS door besides those of this machine.',
      default: '',
    }),
    clientsMax: number({
      doc: 'Connections at once; more are refused.',
      default: 20_000,
      min: 1,
      max: 1_000_000,
      whole: true,
    }),
    payloadMax: bytes({ doc: 'Largest MQTT packet.', default: 1_048_576 }),
  },
  http: {
    host: text({ doc: 'Address of the status pages.', default: '127.0.0.1' }),
    port: port({ doc: 'Port for /healthz, /v1/status and /metrics.', default: 8080 }),
  },
  intake: {
    topicMaps: json<readonly TopicMap[]>({
      doc: 'Topics that are readings: filter, device and decoder of each.',
      kind: 'topic maps',
      default: defaultTopicMaps,
      check: checkTopicMaps,
    }),
    pastMax: duration({ doc: 'Readings taken longer ago than this are quarantined.', default: days(366) }),
    futureMax: duration({ doc: 'Readings taken further ahead than this are quarantined.', default: days(1) }),
    payloadMax: bytes({ doc: 'Largest payload of one reading; larger ones are quarantined.', default: 65_536 }),
  },
  rules: json<readonly Rule[]>({
    doc: 'Rules on readings; see docs/guide/rules.md.',
    kind: 'rules',
    default: defaultRules,
    check: (raw) => (raw === defaultRules ? decoded(defaultRules) : checkRules(raw)),
  }),
  window: {
    samplesMax: number({
      doc: 'Samples that one sliding window holds; at a higher rate it is shorter.',
      default: 16_384,
      min: 16,
      max: 1_048_576,
      whole: true,
    }),
    period: duration({
      doc: 'Time between two statements of statistics, each over five periods.',
      default: minutes(1),
    }),
    metricsMax: number({
      doc: 'Metrics of all devices together that have statistics.',
      default: 500_000,
      min: 0,
      max: 100_000_000,
      whole: true,
    }),
  },
  journal: {
    sizeMax: bytes({ doc: 'Disk that the journal may use; beyond it the doors refuse.', default: 8 * 2 ** 30 }),
    segmentSize: bytes({
      doc: 'Size at which a segment is closed; after a crash the last one is read whole.',
      default: 16 * 2 ** 20,
    }),
    ageMax: duration({ doc: 'Age at which readings expire that the cloud does not have.', default: days(30) }),
    keep: duration({
      doc: 'How long acknowledged records are kept all the same, for a cloud that must be filled again.',
      default: hours(24),
    }),
  },
  link: {
    url: text({
      doc: 'WebSocket address of the cloud, such as wss://cloud.example:8443/link; empty for a node without cloud.',
      default: 'wss://127.0.0.1:8443/link',
    }),
    token: secret({ doc: 'One-time enrolment token; needed once.', default: '' }),
    offlineAfter: duration({ doc: 'Without a link for so long, the node is offline.', default: seconds(30) }),
    retryMin: duration({ doc: 'Base of the wait between attempts.', default: millis(500) }),
    retryMax: duration({ doc: 'Longest wait between attempts.', default: seconds(30) }),
    window: bytes({ doc: 'Bytes that may be on their way unacknowledged.', default: 2 * 2 ** 20 }),
    silenceMax: duration({ doc: 'A link that is silent for so long is dead.', default: seconds(30) }),
    reportEvery: duration({ doc: 'How often the node tells the cloud how it is.', default: seconds(5) }),
  },
} as const;

export type EdgeConfig = Config<typeof edgeConfig>;

/** How much of the most urgent lanes is kept when the disk is short: little data, but what matters most. */
export function journalOptions(config: EdgeConfig): JournalOptions {
  const { sizeMax, segmentSize, ageMax, keep } = config.journal;
  const bytesMax = sizeMax * 0.9;
  const classes = lanes.map((name) => ({ name, bytesMax, ageMax: name === 'critical' ? days(365) : ageMax }));
  return { dir: `${config.data}/journal`, classes, sizeMax, segmentSize, keep };
}

export function linkOptions(config: EdgeConfig): UplinkOptions {
  const { offlineAfter, retryMin, retryMax, window, silenceMax, reportEvery } = config.link;
  return {
    node: config.node.id,
    software,
    offlineAfter,
    retryMin,
    retryMax,
    windowBytes: window,
    silenceMax,
    reportEvery,
  };
}

/**
 * Flags for the Node that runs an edge node by itself. What the hot path allocates dies at once, so the young generation
 * needs no 16 MiB three times over, and the old one is collected at 32 MiB and then whenever it has grown by a third:
 * left to itself it would fill 80 MiB first. Together this saves 60 MiB and costs no throughput.
 */
export const edgeNodeFlags = ['--max-semi-space-size=8', '--initial-old-space-size=32', '--heap-growing-percent=30'];

/** Version of this program, as it tells the cloud. */
export const software = '0.1.0';

/** What the certificate of the node's doors says: this machine, and what the configuration adds. */
export const doorNames = (config: EdgeConfig): readonly string[] => [
  ...new Set([
    'localhost',
    '127.0.0.1',
    '::1',
    ...config.mqtt.names
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  ]),
];
