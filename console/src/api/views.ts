/** What the HTTP API gives, as the console reads it. Times are milliseconds since the Unix epoch. */

export type Value = number | boolean | string;
export type Values = Readonly<Record<string, Value>>;

/** Half-open range of journal offsets. */
export type Interval = readonly [from: number, to: number];

/** How an edge node is, as it says itself every few seconds while its link is up. */
export interface NodeReport {
  readonly time: number;
  readonly startedAt: number;
  readonly mode: 'online' | 'offline';
  readonly clients: number;
  readonly devices: number;
  readonly readingsTotal: number;
  readonly quarantinedTotal: number;
  readonly refusedTotal: number;
  readonly unmappedTotal: number;
  readonly journal: {
    readonly sizeBytes: number;
    readonly firstOffset: number;
    readonly headOffset: number;
    readonly pending: number;
    readonly expired: number;
  };
  readonly memoryBytes: number;
  /** Absent from nodes of a release before, and without a link. */
  readonly link?: LinkUse;
  readonly bridges?: readonly BridgeState[];
}

/** How a node uses its link. */
export interface LinkUse {
  /** 0 until something is known of it. */
  readonly capacityBytesPerSecond: number;
  readonly capacityIsMeasured: boolean;
  /** 0 (free) … 1 (jammed). */
  readonly congestion: number;
  readonly roundTripSeconds: number;
  readonly inFlightBytes: number;
  readonly classes: readonly LinkClassUse[];
  /** Those that sent most. */
  readonly devices: readonly { readonly device: string; readonly records: number; readonly bytes: number }[];
  readonly meter: LinkMeter;
}

/** Since the node's start. */
export interface LinkClassUse {
  readonly bytes: number;
  readonly backlogBytes: number;
  readonly waiting: number;
  readonly demoted: number;
  readonly dropped: number;
  readonly refused: number;
}

export interface LinkMeter {
  readonly link: string;
  /** Such as 2026-11, in UTC. */
  readonly month: string;
  readonly upBytes: number;
  readonly downBytes: number;
  /** In the operator's currency. */
  readonly cost: number;
  readonly forecastBytes: number;
  readonly forecastCost: number;
  /** 0 for no cap. */
  readonly capBytes: number;
}

/** One way of a bridge to another broker. */
export interface BridgeState {
  readonly bridge: string;
  readonly direction: 'in' | 'out' | 'readings';
  readonly connected: boolean;
  readonly inFlight: number;
  /** Records of the journal that are not passed yet. */
  readonly behind?: number;
}

export interface NodeView {
  readonly id: string;
  readonly epoch: string;
  /** The link is up now. */
  readonly online: boolean;
  readonly firstSeen: number;
  readonly lastSeen: number;
  /** What the cloud has of the node's journal. */
  readonly acknowledged: readonly Interval[];
  readonly report: NodeReport | null;
}

export interface DeviceView {
  readonly id: string;
  readonly node: string;
  readonly name: string;
  readonly type: string;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly online: boolean;
  readonly readingsTotal: number;
  readonly alertsActive: number;
  readonly latest: Values;
  readonly latestAt: number;
}

/** One bucket of a down-sampled series; `time` is where it begins. */
export interface SeriesPoint {
  readonly time: number;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
}

export interface MetricStatistics {
  readonly metric: string;
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly deviation: number;
}

export interface StatisticsWindow {
  readonly windowFrom: number;
  readonly windowTo: number;
  readonly metrics: readonly MetricStatistics[];
}

export type AlertState = 'active' | 'acknowledged' | 'cleared';
export type Severity = 'info' | 'minor' | 'major' | 'critical';

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
  readonly count: number;
  readonly raisedAt: number;
  readonly lastAt: number;
  readonly acknowledgedAt: number | null;
  readonly acknowledgedBy: string | null;
  readonly clearedAt: number | null;
  readonly data: Values;
}

export type CommandState = 'queued' | 'sent' | 'delivered' | 'done' | 'failed' | 'expired';

export interface CommandView {
  readonly id: string;
  readonly device: string;
  readonly node: string;
  readonly name: string;
  readonly arguments: Values;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** `operator` or `rule:<name>`. */
  readonly origin: string;
  readonly reason: string;
  readonly state: CommandState;
  readonly sentAt: number | null;
  readonly deliveredAt: number | null;
  readonly endedAt: number | null;
  readonly result: unknown;
}

/** What `POST /v1/devices/{id}/commands` takes. */
export interface CommandOrder {
  readonly command: string;
  readonly arguments?: Values;
  readonly reason?: string;
  readonly expiresInSeconds?: number;
}

/** Content that was refused, kept with a reason; `payload` is base64 of at most the first 1 KiB. */
export interface QuarantinedView {
  readonly node: string;
  readonly source: string;
  readonly topic: string;
  readonly receivedAt: number;
  readonly reason: string;
  readonly why: string;
  readonly payload: string;
  readonly payloadBytes: number;
}

/** What doors did with the messages of one source: `received = refused + duplicates + quarantined + journaled`. */
export interface LedgerRow {
  readonly source: string;
  readonly received: number;
  readonly refused: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly journaled: number;
  /** Of the journaled ones, how many the cloud's store holds. */
  readonly stored: number;
  /** Stayed at the site: part of an aggregate, or told by their number alone. */
  readonly folded: number;
  readonly withheld: number;
  readonly expired: number;
}

/** A closing of the books whose terms do not add up. */
export interface Imbalance {
  /** Empty where it cannot be said of whom. */
  readonly source: string;
  readonly from: number;
  readonly to: number;
  readonly offsets: { readonly from: number; readonly to: number };
  readonly why: string;
}

/** Closings of the books that were recomputed, and where they do not add up. */
export interface Closings {
  readonly judged: number;
  readonly imbalances: readonly Imbalance[];
}

export interface StoreAudit {
  readonly node: string;
  readonly epoch: string;
  readonly held: readonly Interval[];
  readonly broken: readonly { readonly offset: number; readonly why: string }[];
  readonly records: number;
  readonly readings: number;
  readonly stored: number;
  readonly lost: number;
  readonly doubled: number;
  readonly altered: number;
  readonly duplicates: number;
  readonly expired: number;
  /** Records that stay at the site. */
  readonly local: number;
  readonly headHash: string;
  readonly closings: Closings;
  readonly rows: readonly LedgerRow[];
}

/** What the node itself found in its journal; null when it did not answer. */
export interface EdgeAudit {
  readonly head: number;
  readonly headHash: string;
  readonly pending: number;
  /** Absent from older nodes. */
  readonly closings?: Closings;
}

export interface AuditedNode {
  readonly node: string;
  readonly epoch: string;
  readonly online: boolean;
  readonly edge: EdgeAudit | null;
  readonly store: StoreAudit;
  readonly findings: readonly { readonly code: string; readonly message: string }[];
}

export interface AuditView {
  /** Nothing lost, doubled or altered; the chain holds; edge and store agree. */
  readonly balanced: boolean;
  /** Every known node answered. */
  readonly complete: boolean;
  readonly lost: number;
  readonly doubled: number;
  readonly altered: number;
  /** Journaled at the edge and not here yet. */
  readonly pending: number;
  readonly expired: number;
  readonly at: number;
  readonly nodes: readonly AuditedNode[];
}

export interface ReadingEvent {
  readonly device: string;
  readonly node: string;
  readonly takenAt: number;
  readonly values: Values;
  readonly readingsTotal: number;
}

export type FeedEvent =
  | { readonly kind: 'reading'; readonly data: ReadingEvent }
  | { readonly kind: 'alert'; readonly data: AlertView }
  | { readonly kind: 'command'; readonly data: CommandView }
  | { readonly kind: 'node'; readonly data: NodeView };

export type FeedMessage =
  | { readonly kind: 'hello'; readonly sequence: number; readonly resumed: boolean }
  | (FeedEvent & { readonly sequence: number });
