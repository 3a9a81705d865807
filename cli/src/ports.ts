import type { FeedMessage } from './cloud-views.ts';

export type Query = Readonly<Record<string, string | number | undefined>>;

/** The cloud's HTTP API as the verbs use it. Rejects with CLOUD_UNREACHABLE, or with the fault that the cloud answered. */
export interface CloudApi {
  readonly url: string;
  get<Answer>(path: string, query?: Query): Promise<Answer>;
  post<Answer>(path: string, body?: unknown): Promise<Answer>;
  /** With `version` only what has that version is changed. */
  patch<Answer>(path: string, body: unknown, version?: string): Promise<Answer>;
  /** Only what has that version is replaced. */
  put<Answer>(path: string, body: unknown, version: string): Promise<Answer>;
  /** Milliseconds that the cloud's clock is ahead of ours, to the second that HTTP gives. */
  clockAhead(): Promise<number>;
  /** The live feed until `signal` aborts; connects again by itself and goes on where it was. */
  feed(signal: AbortSignal): AsyncIterable<FeedMessage>;
}

/** An edge node's HTTP interface as the verbs use it. Rejects with OPERATIONS_UNREACHABLE, or with the fault that the node answered. */
export interface EdgeApi {
  get<Answer>(path: string, query?: Query): Promise<Answer>;
  post<Answer>(path: string, body?: unknown): Promise<Answer>;
  remove(path: string): Promise<void>;
}
