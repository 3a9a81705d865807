import type { CommandState, NodeReport, Severity, Value } from '@selvedge/protocol';

/** What the verbs use of the API's answers; /openapi.json has the whole. Times are milliseconds since the Unix epoch. */
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
  readonly latest: Readonly<Record<string, Value>>;
  readonly latestAt: number;
}

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
  readonly state: 'active' | 'acknowledged' | 'cleared';
  readonly count: number;
  readonly raisedAt: number;
  readonly lastAt: number;
  readonly acknowledgedAt: number | null;
  readonly acknowledgedBy: string | null;
  readonly clearedAt: number | null;
}

export interface CommandView {
  readonly id: string;
  readonly device: string;
  readonly node: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, Value>>;
  readonly reason: string;
  readonly origin: string;
  readonly state: CommandState;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly sentAt: number | null;
  readonly deliveredAt: number | null;
  readonly endedAt: number | null;
  readonly result: unknown;
}

export interface NodeView {
  readonly id: string;
  readonly epoch: string;
  readonly online: boolean;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly report: NodeReport | null;
}

export interface AuditView {
  readonly balanced: boolean;
  /** Every known node answered. */
  readonly complete: boolean;
  readonly lost: number;
  readonly doubled: number;
  readonly altered: number;
  readonly pending: number;
  readonly expired: number;
  /** Readings that went from the cloud's telemetry by its retention. */
  readonly pruned: number;
  readonly at: number;
  readonly nodes: readonly {
    readonly node: string;
    readonly epoch: string;
    readonly online: boolean;
    readonly store: {
      readonly records: number;
      readonly readings: number;
      readonly stored: number;
      /** Records that stay at the site. */
      readonly local: number;
      readonly closings: { readonly judged: number };
    };
    readonly findings: readonly { readonly code: string; readonly message: string }[];
  }[];
}

export interface HealthView {
  readonly status: string;
  readonly software: string;
}

export type FeedMessage =
  | { readonly sequence: number; readonly kind: 'hello'; readonly resumed: boolean }
  | {
      readonly sequence: number;
      readonly kind: 'reading';
      readonly data: {
        readonly device: string;
        readonly node: string;
        readonly takenAt: number;
        readonly values: Readonly<Record<string, Value>>;
        readonly readingsTotal: number;
        readonly marks?: readonly string[];
      };
    }
  | { readonly sequence: number; readonly kind: 'alert'; readonly data: AlertView }
  | { readonly sequence: number; readonly kind: 'command'; readonly data: CommandView }
  | { readonly sequence: number; readonly kind: 'node'; readonly data: NodeView };
