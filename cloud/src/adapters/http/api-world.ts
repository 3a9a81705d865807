import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { Clock, Duration, Entropy, Log } from '@selvedge/kernel';
import type { Command } from '@selvedge/protocol';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
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
  readonly links: { send(node: string, command: Command): boolean };
  /** Recomputes and compares both sides of every journal. */
  readonly audit: () => Promise<AuditAnswer>;
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
