/** What an edge node answers to operators; see docs/guide/access.md. Times are wall time in milliseconds. */

export interface ClientView {
  readonly id: string;
  readonly connected: boolean;
  readonly principal: { readonly kind: string; readonly name: string } | null;
  readonly address: string | null;
  readonly secure: boolean | null;
  readonly protocol: string | null;
  readonly connectedSince: number | null;
  readonly session: { readonly expirySeconds: number };
  readonly subscriptions: number;
  readonly queued: number;
  readonly queuedBytes: number;
  readonly inFlight: number;
  readonly received: number;
  readonly delivered: number;
  readonly receivedPerSecond: number;
  readonly deliveredPerSecond: number;
}

export interface RetainedView {
  readonly topic: string;
  readonly qos: number;
  readonly payloadBytes: number;
  readonly preview: string;
  readonly from: string | null;
  readonly expiresAt: number | null;
}

export interface TraceLineView {
  readonly at: number;
  readonly kind: 'in' | 'out' | 'connected' | 'disconnected';
  readonly packet?: string;
  readonly bytes?: number;
  readonly packetId?: number;
  readonly topic?: string;
  readonly qos?: number;
  readonly retain?: boolean;
  readonly duplicate?: boolean;
  readonly filters?: readonly { readonly filter: string; readonly options: number }[];
  readonly codes?: readonly number[];
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly payloadBytes?: number;
  readonly payload?: string;
  readonly why?: string;
}

export interface TraceView {
  readonly client: string;
  readonly startedAt: number;
  readonly endsAt: number;
  readonly over: boolean;
  readonly dropped: number;
  readonly lines: readonly TraceLineView[];
}

export interface CredentialView {
  readonly id: string;
  readonly kind: string;
  readonly holder: string;
  readonly name: string;
  readonly createdAt: number;
}

export interface CredentialsView {
  readonly credentials: readonly CredentialView[];
  readonly bars: readonly {
    readonly holder: string;
    readonly name: string;
    readonly at: number;
    readonly lifted: boolean;
  }[];
}

/** Why the readings of a device go where they go. */
export interface RouteView {
  readonly device: string;
  readonly inputs: Readonly<Record<string, number | string>>;
  readonly streams: readonly {
    readonly values: readonly string[];
    readonly policy: string | null;
    readonly action: string;
    readonly why: string;
    readonly since: number | null;
    readonly inputsThen: Readonly<Record<string, number | string>> | null;
    readonly settledUntil: number | null;
    readonly private: readonly string[];
    readonly lane: string;
    readonly changes: readonly { readonly to: string; readonly when: string }[];
  }[];
}
