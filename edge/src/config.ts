import type { JournalOptions } from '@selvedge/journal';
import {
  bytes,
  type Config,
  choice,
  days,
  decoded,
  duration,
  type Field,
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
  undecodable,
} from '@selvedge/kernel';
import { checkTopicMaps, defaultTopicMaps, lanes, type TopicMap } from '@selvedge/protocol';
import {
  type Application,
  checkApplications,
  checkDevicePermits,
  devicePermits,
  type Permits,
} from './engines/access/roles.ts';
import { addressList } from './engines/address/address-list.ts';
import { hostList } from './engines/address/host-list.ts';
import { checkBridgePasswords, checkBridges } from './engines/bridge/check.ts';
import type { BridgeOptions } from './engines/bridge/rule.ts';
import type { BudgetOptions } from './engines/budget/budget.ts';
import type { MeterOptions } from './engines/budget/meter.ts';
import type { ConfigurationLimits } from './engines/configuration/step.ts';
import type { UplinkOptions } from './engines/link/uplink.ts';
import { checkPolicies } from './engines/route/check-policies.ts';
import type { RoutePolicy } from './engines/route/policy.ts';
import { checkRules, defaultRules, type Rule } from './engines/rules/rule.ts';
import { checkLanePolicies, classPolicies, type LanePolicies } from './engines/upkeep/lane-policies.ts';

/** A size that is no larger than `most` bytes. */
const atMost = (most: number, size: Field<number>): Field<number> => ({
  ...size,
  read(raw) {
    const found = size.read(raw);
    return found.ok && found.value > most ? undecodable(`${String(raw)} is more than ${size.show(most)}`) : found;
  },
});

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
    lastReadingsMax: number({
      doc: 'Devices whose last reading is kept in memory for those who ask; beyond it one not heard for long is forgotten.',
      default: 10_000,
      min: 1,
      max: 10_000_000,
      whole: true,
    }),
  },
  mqtt: {
    host: text({ doc: 'Address of the MQTT doors.', default: '127.0.0.1' }),
    anonymous: flag({
      doc: 'Lets clients from everywhere publish and subscribe without proving who they are.',
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
    payloadMax: atMost(
      268_435_456,
      bytes({
        doc: 'Largest MQTT packet, at most 256MiB; from 256KiB on its payload is on the disk, not in memory.',
        default: 1_048_576,
      }),
    ),
    spoolMax: bytes({
      doc: 'Bytes on the disk for large MQTT payloads, in the folder spool; beyond it the sender is refused with 0x97.',
      default: 2 * 2 ** 30,
    }),
    clientAuthorities: text({
      doc: 'PEM file of authorities whose client certificates the TLS door believes: the common name is the device id.',
      default: '',
    }),
  },
  access: {
    local: flag({
      doc: 'Lets programs on this machine publish and subscribe without credentials. Turn it off where something on this machine passes connections on.',
      default: true,
    }),
    devices: json<Permits>({
      doc: 'What a device may publish and subscribe to, as topic filters; {device} is its own id.',
      kind: 'permits',
      default: devicePermits,
      check: checkDevicePermits,
    }),
    applications: json<readonly Application[]>({
      doc: 'Applications by name, and what each may publish and subscribe to.',
      kind: 'applications',
      default: [],
      check: checkApplications,
    }),
  },
  http: {
    host: text({ doc: 'Address of the HTTP door.', default: '127.0.0.1' }),
    port: port({ doc: 'Port for devices that speak HTTP, and for the pages of the node.', default: 8080 }),
    connectionsMax: number({
      doc: 'Connections at once; more are closed as they come.',
      default: 2_000,
      min: 1,
      max: 100_000,
      whole: true,
    }),
    bodyMax: bytes({ doc: 'Largest body of a request, as it comes and inflated.', default: 16 * 2 ** 20 }),
  },
  coap: {
    udp: addressList({
      doc: 'Addresses of the CoAP door over UDP, between commas; beyond loopback it takes only what OSCORE protects. Empty: none.',
      default: '127.0.0.1:5683',
    }),
    tcp: addressList({ doc: 'The same over TCP.', default: '' }),
    tls: addressList({
      doc: 'The same over TLS, once the node has its certificate; devices show one of mqtt.clientAuthorities.',
      default: '',
    }),
    plain: hostList({
      doc: 'Addresses of coap.udp and coap.tcp, without ports and between commas, that take requests also without OSCORE; true: all. mqtt.anonymous says whether they are let in.',
    }),
    connectionsMax: number({
      doc: 'Connections at once at each address; more are closed as they come.',
      default: 1_000,
      min: 1,
      max: 100_000,
      whole: true,
    }),
    observersMax: number({
      doc: 'Observers at once at each address; beyond it a request is answered without observing.',
      default: 2_000,
      min: 1,
      max: 1_000_000,
      whole: true,
    }),
  },
  actuators: {
    callsMax: number({
      doc: 'Actuators that rules have called at a time; the rest waits.',
      default: 8,
      min: 1,
      max: 1_000,
      whole: true,
    }),
    waitingMax: number({
      doc: 'Commands for actuators that may wait; beyond it a new one fails.',
      default: 1_000,
      min: 1,
      max: 100_000,
      whole: true,
    }),
    authority: text({
      doc: 'PEM file of the authorities whose actuators are believed over TLS; empty: the one of the node’s own certificate.',
      default: '',
    }),
    certificate: text({
      doc: 'PEM file of the certificate that the node shows to actuators; empty: its own.',
      default: '',
    }),
    key: text({ doc: 'PEM file of the key of that certificate.', default: '' }),
  },
  intake: {
    topicMaps: json<readonly TopicMap[]>({
      doc: 'Topics that are readings: filter, device and decoder of each.',
      kind: 'topic maps',
      default: defaultTopicMaps,
      check: checkTopicMaps,
    }),
    decoders: text({
      doc: 'Folder that holds the folder `decoders` with decoders of one’s own; see docs/guide/topics.md.',
      default: '.',
    }),
    pastMax: duration({ doc: 'Readings taken longer ago than this are quarantined.', default: days(366) }),
    futureMax: duration({ doc: 'Readings taken further ahead than this are quarantined.', default: days(1) }),
    payloadMax: bytes({ doc: 'Largest payload of one reading; larger ones are quarantined.', default: 65_536 }),
  },
  bridges: json<readonly BridgeOptions[]>({
    doc: 'External MQTT brokers, and what is exchanged with each; see docs/guide/bridge.md.',
    kind: 'bridges',
    default: [],
    check: checkBridges,
  }),
  bridgePasswords: {
    ...json<Readonly<Record<string, string>>>({
      doc: 'Passwords of the bridges that have no passwordFile, as JSON {"name":"password"}.',
      kind: 'secret',
      default: {},
      check: checkBridgePasswords,
    }),
    secret: true,
    show: () => '…',
  },
  rules: json<readonly Rule[]>({
    doc: 'Rules on readings; see docs/guide/rules.md.',
    kind: 'rules',
    default: defaultRules,
    check: (raw) => (raw === defaultRules ? decoded(defaultRules) : checkRules(raw)),
  }),
  routes: json<readonly RoutePolicy[]>({
    doc: 'Policies that say which readings are sent, folded, sent later or kept here; see docs/guide/routing.md.',
    kind: 'routes',
    default: [],
    check: checkPolicies,
  }),
  twin: {
    sizeMax: bytes({
      doc: 'Memory that the twins of devices may use, as JSON; an edit beyond it is refused.',
      default: 32 * 2 ** 20,
    }),
  },
  configuration: {
    healthFor: duration({
      doc: 'How long a configuration of the cloud must keep the node sound before it is confirmed.',
      default: seconds(15),
    }),
    trialMax: duration({
      doc: 'How long a configuration of the cloud may try; then the node goes back to the last good one.',
      default: minutes(2),
    }),
  },
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
    lanes: json<LanePolicies>({
      doc: 'How long and how much of a lane is kept while the cloud does not have it, and whether it gives way when the disk is short: {"low":{"ageMax":"3d","bytesMax":"1GiB","whenFull":"expire"}}.',
      kind: 'lane policies',
      default: {},
      check: checkLanePolicies,
    }),
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
    bulk: flag({
      doc: 'Gives what is not urgent a connection of its own, where a second one passes.',
      default: true,
    }),
    capacity: bytes({ doc: 'Bytes for a second that the link carries; 0: it is measured.', default: 0 }),
    delayMax: duration({
      doc: 'How long what leaves may stand in queues on its way; longer fills a fast link better, shorter keeps alarms quick.',
      default: millis(200),
    }),
    gatherHigh: duration({
      doc: 'How long what is high waits for more, so that frames are few; what is critical never waits.',
      default: millis(200),
    }),
    gatherMax: duration({ doc: 'The same for what is medium and low.', default: seconds(1) }),
    lifetime: duration({
      doc: 'What has waited for so long is new no more and goes as backlog.',
      default: seconds(30),
    }),
    name: text({ doc: 'Name under which the bytes of this link are counted, such as lte.', default: 'link' }),
    pricePerMegabyte: number({
      doc: 'Price of a million bytes in your currency; 0 for a link that costs nothing by use.',
      default: 0,
      min: 0,
      max: 1_000_000,
    }),
    monthMax: bytes({
      doc: 'Bytes of a calendar month (UTC), up and down; near it backlog and low data wait for the next. 0: no cap.',
      default: 0,
    }),
  },
} as const;

export type EdgeConfig = Config<typeof edgeConfig>;

/** Nine tenths of the disk are for what the cloud does not have; beyond it what matters least gives way first. */
export function journalOptions(config: EdgeConfig): JournalOptions {
  const { sizeMax, segmentSize, ageMax, keep, lanes: policies } = config.journal;
  const classes = classPolicies(policies, { sizeMax, ageMax });
  return { dir: `${config.data}/journal`, classes, sizeMax, heldMax: sizeMax * 0.9, segmentSize, keep };
}

/** How a configuration of the cloud is tried; a version that was started three times without standing its trial is over. */
export const configurationLimits = ({ configuration }: EdgeConfig): ConfigurationLimits => ({
  ...configuration,
  startsMax: 3,
});

/** Of each class, the most urgent first, how many may wait as live ones. */
const queueMax = [100, 500, 1_000, 2_000];

export function linkOptions(config: EdgeConfig): UplinkOptions {
  const { gatherHigh, gatherMax, window, ...link } = config.link;
  return {
    ...link,
    node: config.node.id,
    software,
    gather: lanes.map((_, klass) => [millis(0), gatherHigh][klass] ?? gatherMax),
    queueMax: lanes.map((_, klass) => queueMax[klass] ?? queueMax.at(-1)!),
    liveBytesMax: window,
  };
}

export function budgetOptions(config: EdgeConfig): BudgetOptions & { readonly meter: MeterOptions } {
  const { capacity, window, delayMax, lifetime, name, pricePerMegabyte, monthMax } = config.link;
  const meter = { link: name, pricePerMegabyte, capBytes: monthMax };
  return { capacity, windowMax: window, delayMax, lifetime, queueMax, meter };
}

/**
 * Flags for the Node that runs an edge node by itself. What the hot path allocates dies at once, so the young generation
 * needs no 16 MiB three times over, and the old one is collected at 32 MiB and then whenever it has grown by a third:
 * left to itself it would fill 80 MiB first. Together this saves 60 MiB and costs no throughput.
 */
export const edgeNodeFlags = ['--max-semi-space-size=8', '--initial-old-space-size=32', '--heap-growing-percent=30'];

/**
 * Environment for the same process. One pool of memory for all threads: with a pool for each, what the garbage collector's
 * threads have freed is of no use to the thread that reads sockets. Saves 12 MiB under load, where the C library is GNU's.
 */
export const edgeNodeEnvironment = { MALLOC_ARENA_MAX: '1' } as const;

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
