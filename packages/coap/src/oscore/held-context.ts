import type { Clock, Entropy, Metrics } from '@selvedge/kernel';
import { budget } from './budget.ts';
import type { OscoreContext } from './context.ts';
import { oscoreFaults } from './faults.ts';
import type { oscoreMetrics } from './metrics.ts';
import type { ReplayStore } from './ports.ts';
import { emptyWindow, restoredWindow, windowFrom } from './replay-window.ts';
import { openSequences, type SequenceLimits } from './sequences.ts';

export interface HoldOptions extends SequenceLimits {
  /**
   * What a restart means for the peer's numbers. `challenge`: they are not kept, and the first request has to echo a
   * value (RFC 8613 appendix B.1.2). `persist`: each request is durable as seen before it is handed on, which costs a
   * write, and for peers that know no Echo.
   */
  readonly replay: 'challenge' | 'persist';
  /** What to do with a context of which the store knows nothing: it is new, or its state was lost. */
  readonly whenStateless: 'begin' | 'refuse';
  readonly challengesPerSecond: number;
}

export interface HoldWorld {
  readonly store: ReplayStore;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly metrics?: Metrics<typeof oscoreMetrics>;
}

/** A context in use, with its changing part. */
export interface HeldContext {
  readonly context: OscoreContext;
  /** From then on nothing is protected or believed by it. */
  readonly revoked: boolean;
  /** What the peer has to echo while its numbers are unknown; new in every life of the process. */
  readonly challenge: Buffer;
  /** What the peer wants echoed by us, from its last challenge until it has answered something else. */
  peerChallenge: Buffer | undefined;
  readonly isWindowKnown: boolean;
  hasSeen(sequence: number): boolean;
  /** Marks a verified number as seen, and settles or returns once a restart cannot take it for new. */
  accept(sequence: number): Promise<void> | undefined;
  /** See `Sequences`. Throws COAP_OSCORE_CONTEXT_UNKNOWN once it is revoked. */
  takeSequence(): Promise<number>;
  mayChallenge(): boolean;
  revoke(): Promise<void>;
}

/** Bytes of an echoed value: nobody guesses it during the life of a process. */
const challengeSize = 8;

/** Throws COAP_OSCORE_STATE_MISSING, COAP_OSCORE_STATE_DAMAGED or COAP_OSCORE_STATE_FAILED. */
export async function holdContext(
  context: OscoreContext,
  options: HoldOptions,
  world: HoldWorld,
): Promise<HeldContext> {
  const { store, clock, entropy, metrics } = world;
  const isKept = options.replay === 'persist';
  const kept = await store.load(context.stateName);
  if (!kept && options.whenStateless === 'refuse') {
    throw oscoreFaults('COAP_OSCORE_STATE_MISSING', `no state of the context ${context.identity} is kept`);
  }
  let window = kept
    ? kept.window && restoredWindow(context.replayWindow, kept.window)
    : emptyWindow(context.replayWindow);
  if (kept && !isKept) window = undefined;
  const sequences = await openSequences(
    kept ? kept.reserved + options.margin : 0,
    context.stateName,
    store,
    options,
    () => (isKept ? window?.state() : undefined),
    metrics?.saves,
  );
  const challenge = Buffer.from(entropy.bytes(challengeSize));
  const mayChallenge = budget(options.challengesPerSecond, clock);
  let revoked = false;

  return {
    context,
    challenge,
    peerChallenge: undefined,
    mayChallenge,
    get revoked() {
      return revoked;
    },
    get isWindowKnown() {
      return window !== undefined;
    },
    hasSeen: (sequence) => window?.has(sequence) ?? false,
    accept(sequence) {
      if (window) window.add(sequence);
      else window = windowFrom(context.replayWindow, sequence);
      return isKept ? sequences.save() : undefined;
    },
    takeSequence: sequences.take,
    revoke() {
      revoked = true;
      return sequences.close();
    },
  };
}
