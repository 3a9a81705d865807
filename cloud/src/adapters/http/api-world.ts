import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Clock, Duration, Entropy, Log } from '@selvedge/kernel';
import type { TwinFrame } from '@selvedge/protocol';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { SagaRunner } from '../../engines/saga/run-sagas.ts';
import type { CloudMetrics } from '../../metrics.ts';
import type { Attempts, Operator, Store } from '../../ports.ts';
import type { AuditAnswer } from './audit.ts';

/** The server that routes are added to: every schema of a route gives its handler the types. */
export type Api = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression<RawServerDefault>,
  RawReplyDefaultExpression<RawServerDefault>,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** What the routes need of the rest of the cloud. */
export interface ApiWorld {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly metrics: CloudMetrics;
  readonly store: Store;
  readonly links: {
    send(node: string): boolean;
    /** Tells a node what changed of a twin; one that is not connected learns it by its next sync. */
    sendTwin(node: string, frame: TwinFrame): void;
    configure(node: string): void;
  };
  readonly sagas: Pick<SagaRunner, 'begin' | 'cancel'>;
  /** Recomputes and compares both sides of every journal. */
  readonly audit: (since?: number) => Promise<AuditAnswer>;
  /** SHA-256 of the authority's certificate, for enrolment tokens. */
  readonly fingerprint: string;
  readonly attempts: Attempts;
  readonly software: string;
}

export interface ApiOptions {
  readonly host: string;
  readonly port: number;
  /** Origins besides our own whose pages may use the cookie. */
  readonly origins: readonly string[];
  readonly bodyMax: number;
  /** Empty: no console is served. */
  readonly consoleDir: string;
  readonly enrolmentLife: Duration;
  /** How long a code that signs in a browser is good. */
  readonly signInLife: Duration;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; set on every route that needs somebody. */
    operator: Operator | undefined;
    /** The token that says so. */
    token: string | undefined;
  }
}
