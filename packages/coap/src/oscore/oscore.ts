import { type Clock, type Entropy, type Log, type Metrics, silentLog } from '@selvedge/kernel';
import type { Message } from '../message.ts';
import type { Peer, Security } from '../ports.ts';
import { protectRequest } from './ask.ts';
import { budget } from './budget.ts';
import type { OscoreContext } from './context.ts';
import { contextTable } from './contexts.ts';
import { oscoreFaults } from './faults.ts';
import { type HoldOptions, holdContext } from './held-context.ts';
import type { oscoreMetrics } from './metrics.ts';
import type { ReplayStore } from './ports.ts';
import { unprotectRequest } from './serve.ts';

export interface OscoreOptions extends Partial<HoldOptions> {
  /** Contexts at the same time; one more is refused. */
  readonly contextsMax?: number;
  /** Error responses a second that nobody protects; beyond it requests that cannot be read are dropped in silence. */
  readonly refusalsPerSecond?: number;
  /** The context for a request that leaves; undefined for one that leaves as it is, which is all of them unless given. */
  readonly choose?: (peer: Peer, request: Message) => OscoreContext | undefined;
}

export interface OscoreWorld {
  readonly store: ReplayStore;
  readonly clock: Clock;
  /** For the values that peers have to echo. */
  readonly entropy: Entropy;
  readonly log?: Log;
  readonly metrics?: Metrics<typeof oscoreMetrics>;
}

/** OSCORE (RFC 8613) with contexts that come and go at run time. Hand it to the endpoint as its `security`. */
export interface Oscore extends Security, AsyncDisposable {
  /**
   * Settles when the context is in use, its first sequence numbers durable. Throws COAP_OSCORE_CONTEXTS_FULL,
   * COAP_OSCORE_CONTEXT_TAKEN, COAP_OSCORE_STATE_MISSING, COAP_OSCORE_STATE_DAMAGED or COAP_OSCORE_STATE_FAILED.
   */
  add(context: OscoreContext): Promise<void>;
  /**
   * Nothing is protected or believed by it any more when this returns, observations and answers under way included;
   * settles when its state is at rest. The state stays in the store, so that the key can be used again.
   */
  remove(context: OscoreContext): Promise<void>;
  contexts(): readonly OscoreContext[];
  /** Removes all. */
  stop(): Promise<void>;
}

/** What holds where nothing else is said. */
export const defaultOscoreLimits = {
  contextsMax: 10_000,
  refusalsPerSecond: 100,
  challengesPerSecond: 10,
  /** One write for so many messages; a restart leaves out at most as many, of the 2^40 there are. */
  stride: 100,
  margin: 1_000,
  replay: 'challenge',
  whenStateless: 'begin',
} as const;

export function oscore(options: OscoreOptions, world: OscoreWorld): Oscore {
  const settled = { ...defaultOscoreLimits, ...options };
  const { metrics, log = silentLog } = world;
  const contexts = contextTable(settled.contextsMax, metrics?.contexts);
  const serving = {
    contexts,
    log,
    mayRefuse: budget(settled.refusalsPerSecond, world.clock),
    requests: metrics?.requests,
    silences: metrics?.silences,
  };

  return {
    unprotectRequest: (request) => unprotectRequest(request, serving),
    protectRequest(request, peer, observed) {
      const context = options.choose?.(peer, request);
      if (!context) return undefined;
      const held = contexts.held(context);
      if (!held) {
        throw oscoreFaults('COAP_OSCORE_CONTEXT_UNKNOWN', `the context ${context.identity} is not in use`);
      }
      return protectRequest(request, held, observed, metrics?.responses);
    },
    add: (context) => contexts.add(context, () => holdContext(context, settled, world)),
    remove: contexts.remove,
    contexts: contexts.all,
    stop: contexts.removeAll,
    [Symbol.asyncDispose]: contexts.removeAll,
  };
}
