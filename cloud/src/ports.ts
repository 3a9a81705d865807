import type { Clock, Entropy, Log } from '@selvedge/kernel';
import type {
  Alert,
  Command,
  CommandState,
  Interval,
  MetricStatistics,
  NodeReport,
  Quarantined,
  Reading,
  Severity,
  TimeCorrection,
  Value,
} from '@selvedge/protocol';
import type { Auditor } from './ports/audit.ts';
import type { Configurations } from './ports/configuration.ts';
import type { Retention } from './ports/retention.ts';
import type { Sagas } from './ports/saga.ts';
import type { Twins } from './ports/twin.ts';

export * from './ports/audit.ts';
export * from './ports/configuration.ts';
export * from './ports/retention.ts';
export * from './ports/saga.ts';
export * from './ports/twin.ts';

/** What the platform lends to every part of the cloud. */
export interface CloudWorld {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
}

/** One journal batch as it came over the link, unpacked, its digest and hash found true. */
export interface ShippedBatch {
  readonly node: string;
  readonly epoch: string;
  readonly klass: number;
  readonly firstOffset: number;
  readonly count: number;
  readonly appendedAt: number;
  readonly prevHash: Uint8Array;
  readonly hash: Uint8Array;
  readonly bodyDigest: Uint8Array;
  /** Length of the plain body, which the hash covers; a stub keeps that of the body it had. */
  readonly bodyLength: number;
  /**
   * The journal's bytes; undefined for a stub, whose records expired at the edge, and for a run of records that stay there
   * (class `local`), which has no digest either.
   */
  readonly body: Uint8Array | undefined;
}

/** A run of offsets that the log holds, with the hashes at its two ends. */
export interface Held {
  readonly from: number;
  /** One past the last. */
  readonly to: number;
  /** Hash before `from`. */
  readonly before: Uint8Array;
  /** Hash after `to - 1`. */
  readonly after: Uint8Array;
}

/** Where a batch stands in a journal, and by which hash it is known. */
export interface BatchMark {
  readonly firstOffset: number;
  readonly count: number;
  readonly hash: Uint8Array;
}

/** Something that a node shipped and that cannot be used, kept with the fault so that a person can see it. */
export interface SetAside {
  readonly node: string;
  readonly epoch: string;
  readonly offset: number;
  readonly count: number;
  readonly code: string;
  readonly message: string;
  readonly at: number;
  /** The bytes as they came; empty where there were none. */
  readonly body: Uint8Array;
}

/** The first consumer of everything: batches and positions, appended in one transaction. */
export interface IngestLog {
  /** The node that shipped a journal before, if any did. */
  owner(epoch: string): Promise<string | undefined>;
  /** What the log holds of a journal. */
  held(node: string, epoch: string): Promise<readonly Held[]>;
  /** The log held everything before this offset and has let it go; what is shipped of it again is acknowledged again. */
  prunedTo(node: string, epoch: string): Promise<number>;
  /** The batches in the log that share an offset with `[from, to)`, by offset. */
  marks(node: string, epoch: string, range: Interval): Promise<readonly BatchMark[]>;
  /**
   * Appends batches that the ingest engine has judged, with the positions they lead to, durably and in one transaction.
   * Settling is the acknowledgement.
   */
  append(batches: readonly ShippedBatch[], held: readonly Held[]): Promise<void>;
  /** Keeps a batch that cannot be taken, with the fault; repeating it changes nothing. Its offsets count as acknowledged. */
  setAside(batch: ShippedBatch, code: string, message: string): Promise<void>;
  /** What has been set aside, batches and single records, latest first. */
  aside(filter: { readonly node?: string; readonly limit: number }): Promise<readonly SetAside[]>;
  /** Offsets that the node need not ship again: held, or set aside as whole batches. */
  acknowledged(node: string, epoch: string): Promise<readonly Interval[]>;
}

/**
 * What became of a batch. With `refused` the link must end: the node's journal is not the one that was shipped before.
 * `late`: another has claimed the journal, and nothing was done.
 */
export type Taken =
  | { readonly kind: 'appended' | 'held' | 'late' }
  | { readonly kind: 'refused'; readonly code: 'FORK'; readonly message: string };

/** The right to add to a journal. */
export interface Claim {
  readonly node: string;
  readonly epoch: string;
  /** Until another claims the journal. */
  readonly isCurrent: boolean;
  /** Nobody will take anything by it any more. */
  end(): void;
}

/** Judges and appends what nodes ship. */
export interface Intake {
  /**
   * Asks of what the log holds of a journal, when all that came before has been taken, whether it fits; if so, only what
   * is taken by this claim goes into the journal from then on.
   */
  claim(
    of: { readonly node: string; readonly epoch: string },
    fits: (held: readonly Held[]) => boolean,
  ): Promise<Claim | undefined>;
  /**
   * Settles when the batch is durable; batches that wait for the same journal are appended in one transaction. Without a
   * claim it goes into a journal that nobody has claimed.
   */
  take(batch: ShippedBatch, by?: Claim): Promise<Taken>;
  /** The same for batches of one journal in their order; what became of each stands at its place. */
  takeAll(batches: readonly ShippedBatch[], by?: Claim): Promise<readonly Taken[]>;
}

/** Runs the consumers of the log (registry, telemetry, alerts, commands …) until each has caught up. */
export interface Projections {
  /** Settles when every consumer has passed what was in the log at the call. */
  catchUp(): Promise<void>;
}

export interface NodeView {
  readonly id: string;
  readonly epoch: string;
  /** Online: the link is up now. */
  readonly online: boolean;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly acknowledged: readonly Interval[];
  readonly report: NodeReport | null;
}

/** A correction of time, in the journal that it speaks of. */
export interface NodeTimeCorrection extends TimeCorrection {
  readonly epoch: string;
}

export interface DeviceView {
  readonly id: string;
  /** The node it was last heard through. */
  readonly node: string;
  readonly name: string;
  readonly type: string;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly online: boolean;
  readonly readingsTotal: number;
  readonly alertsActive: number;
  readonly latest: Readonly<Record<string, Value>>;
  readonly latestAt: number;
}

export interface DeviceFilter {
  readonly text?: string;
  readonly type?: string;
  readonly node?: string;
  readonly after?: string;
  readonly limit: number;
}

export interface Registry {
  /** A node enrolled or connected: creates or refreshes it. */
  nodeSeen(node: string, epoch: string, at: number): Promise<void>;
  nodeReported(node: string, report: NodeReport): Promise<void>;
  nodeOnline(node: string, online: boolean, at: number): Promise<void>;
  nodes(): Promise<readonly NodeView[]>;
  node(id: string): Promise<NodeView | undefined>;
  /** What the clock of a node had said wrongly, latest first. */
  timeCorrections(node: string, limit: number): Promise<readonly NodeTimeCorrection[]>;
  devices(filter: DeviceFilter): Promise<{ readonly devices: readonly DeviceView[]; readonly total: number }>;
  device(id: string): Promise<DeviceView | undefined>;
}

/** One bucket of a down-sampled series. `mean` is null in a bucket without points. */
export interface SeriesPoint {
  readonly time: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

export interface Telemetry {
  /** Readings of a device with `from <= takenAt < to`, oldest first, at most `limit`. */
  readings(device: string, range: { from: number; to: number; limit: number }): Promise<readonly Reading[]>;
  /** A metric in at most `points` equal buckets; empty buckets are left out. */
  series(
    device: string,
    metric: string,
    range: { from: number; to: number; points: number },
  ): Promise<readonly SeriesPoint[]>;
  metrics(device: string): Promise<readonly string[]>;
  statistics(
    device: string,
    limit: number,
  ): Promise<
    readonly { readonly windowFrom: number; readonly windowTo: number; readonly metrics: readonly MetricStatistics[] }[]
  >;
}

export type AlertState = 'active' | 'acknowledged' | 'cleared';

/** Occurrences of one rule on one device, folded until somebody clears them. */
export interface AlertView {
  readonly id: string;
  readonly node: string;
  readonly device: string;
  readonly rule: string;
  readonly type: string;
  readonly severity: Severity;
  readonly metric: string;
  readonly value: number;
  readonly score: number | null;
  readonly message: string;
  readonly state: AlertState;
  /** How often it occurred since it was raised. */
  readonly count: number;
  readonly raisedAt: number;
  readonly lastAt: number;
  readonly acknowledgedAt: number | null;
  readonly acknowledgedBy: string | null;
  readonly clearedAt: number | null;
  readonly data: Alert['data'];
}

export interface Alerts {
  /** Something that the cloud itself has found; a second one of the same id changes nothing. */
  raise(alert: Alert, node: string): Promise<void>;
  list(filter: { state?: AlertState; device?: string; limit: number }): Promise<readonly AlertView[]>;
  find(id: string): Promise<AlertView | undefined>;
  /** Gives undefined when there is none; repeating it changes nothing. */
  acknowledge(id: string, by: string, at: number): Promise<AlertView | undefined>;
  clear(id: string, by: string, at: number): Promise<AlertView | undefined>;
}

export interface CommandView extends Command {
  readonly node: string;
  readonly state: CommandState;
  readonly sentAt: number | null;
  readonly deliveredAt: number | null;
  readonly endedAt: number | null;
  readonly result: unknown;
}

export interface Commands {
  /** Keeps an operator's command durably as queued for the device's node; false if the id is there already. */
  issue(command: Command, node: string): Promise<boolean>;
  find(id: string): Promise<CommandView | undefined>;
  list(filter: { device?: string; limit: number }): Promise<readonly CommandView[]>;
  /** Those of a node that are still queued, oldest first. */
  queued(node: string): Promise<readonly CommandView[]>;
  /** The node has it durably. */
  taken(id: string, at: number): Promise<void>;
  /** Expires what is overdue and not delivered; gives what changed. */
  expire(now: number): Promise<readonly CommandView[]>;
}

export interface Quarantine {
  list(filter: { device?: string; limit: number }): Promise<readonly (Quarantined & { readonly node: string })[]>;
  total(): Promise<number>;
}

export interface Operator {
  readonly name: string;
}

/** Who may use the API, and who may enrol. Only digests of tokens are kept. */
export interface Access {
  /** A token for an operator, shown once. */
  issueToken(name: string): Promise<string>;
  operatorOf(token: string): Promise<Operator | undefined>;
  /** A code that signs in one browser once, within `until`. */
  issueSignIn(name: string, until: number): Promise<string>;
  signIn(code: string, now: number): Promise<string | undefined>;
  /** The token is good for nothing any more. */
  endToken(token: string): Promise<void>;
  issueEnrolment(node: string, until: number): Promise<string>;
  /** The node that a secret enrols; from then on it enrols no other key than this one, which is named by its SHA-256. */
  useEnrolment(secret: string, key: Uint8Array, now: number): Promise<string | undefined>;
}

/** Something that changed, for the live feed. `data` is the view that the API would give. */
export type FeedEvent =
  | {
      readonly kind: 'reading';
      readonly data: {
        readonly device: string;
        readonly node: string;
        readonly takenAt: number;
        readonly values: Readonly<Record<string, Value>>;
        readonly readingsTotal: number;
        /** Names of the quality bits of any of the readings that it stands for; absent where none has any. */
        readonly marks?: readonly string[];
      };
    }
  | { readonly kind: 'alert'; readonly data: AlertView }
  | { readonly kind: 'command'; readonly data: CommandView }
  | { readonly kind: 'node'; readonly data: NodeView };

/** Where consumers announce what they have committed. */
export interface FeedSink {
  publish(event: FeedEvent): void;
}

/** Everything that the joinery hands to the API and the link server. */
export interface Store {
  readonly log: IngestLog;
  readonly projections: Projections;
  readonly registry: Registry;
  readonly telemetry: Telemetry;
  readonly alerts: Alerts;
  readonly commands: Commands;
  readonly quarantine: Quarantine;
  readonly twins: Twins;
  readonly configurations: Configurations;
  readonly sagas: Sagas;
  readonly auditor: Auditor;
  readonly retention: Retention;
  readonly access: Access;
}

/**
 * One message pipe to an edge node: whole frames, in order, until it closes. Over TLS it is a WebSocket, in a simulation
 * whatever the simulation likes.
 */
export interface LinkConnection {
  /** False when the pipe is closed. */
  send(frame: Uint8Array): boolean;
  close(reason?: string): void;
  /** Bytes handed over that have not left this machine. */
  readonly bufferedBytes: number;
  onFrame(listener: (frame: Buffer) => void): void;
  onClose(listener: (reason: string) => void): void;
  /** Stops and resumes reading, where the pipe can push back. One that cannot is ended when it sends too much. */
  pause?(): void;
  resume?(): void;
}

/** Who has failed how often lately: how long a key must wait from `now` (clock ticks), 0 when it may try. */
export interface Attempts {
  wait(key: string, now: number): number;
  failed(key: string, now: number): void;
}
