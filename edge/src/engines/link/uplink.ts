import type { Journal } from '@selvedge/journal';
import {
  backoff,
  type Clock,
  type Duration,
  describeFailure,
  every,
  type Log,
  type Random,
  type Service,
  seconds,
  service,
} from '@selvedge/kernel';
import type { Command, NodeReport } from '@selvedge/protocol';
import type { LinkTransport } from '../../ports.ts';
import { type LinkSession, linkSession, type SessionOutcome } from './session.ts';

export interface UplinkOptions {
  readonly node: string;
  readonly software: string;
  /** Without a link for so long, the node says it is offline. */
  readonly offlineAfter: Duration;
  readonly retryMin: Duration;
  readonly retryMax: Duration;
  /** Bytes that may be on their way unacknowledged. */
  readonly windowBytes: number;
  /** A link that is silent for so long is dead. */
  readonly silenceMax: Duration;
  readonly reportEvery: Duration;
}

export interface UplinkParts {
  readonly journal: Journal;
  readonly transport: LinkTransport;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly report: () => Omit<NodeReport, 'mode'>;
  /** Compresses a batch's body for the way; gives it back as it is when that does not help. */
  readonly pack: (body: Uint8Array) => { readonly codec: 0 | 1; readonly body: Uint8Array };
  /** A command came down; `taken` must be called once its intent is durable. */
  readonly onCommand: (command: Command, taken: () => void) => void;
  readonly onCloudTime: (wall: number) => void;
  /** Answers a question of the cloud. */
  readonly answer: (what: string) => Promise<unknown>;
}

export interface Uplink extends Service {
  readonly mode: 'online' | 'offline';
  /** First offset of each lane that the cloud does not have. */
  readonly acknowledged: readonly number[];
  /** There is something new in the journal. */
  nudge(): void;
}

/**
 * Keeps a link to the cloud and ships the journal over it. Losing the link changes nothing but the mode: cursors move on
 * acknowledgement alone, so what was on its way is sent again.
 */
export function uplink(options: UplinkOptions, parts: UplinkParts): Uplink {
  const { clock, log } = parts;
  let mode: 'online' | 'offline' = 'offline';
  let session: LinkSession | undefined;
  let lastUp = clock.ticks();
  const cursors = [0, 1, 2, 3].map((klass) => parts.journal.cursor(`link-${klass}`, { classes: [klass], holds: true }));
  const ended = new AbortController();
  const running: Promise<void>[] = [];

  const watchMode = (): void => {
    if (session?.welcomed) lastUp = clock.ticks();
    const now = session?.welcomed ? 'online' : clock.ticks() - lastUp >= options.offlineAfter ? 'offline' : mode;
    if (now !== mode) {
      mode = now;
      log.info(`link.${mode}`, { node: options.node });
    }
  };

  const runOnce = async (signal: AbortSignal): Promise<SessionOutcome> => {
    const connection = await parts.transport.connect(signal);
    session = linkSession(options, { ...parts, cursors, mode: () => mode }, connection);
    watchMode();
    try {
      return await session.run(signal);
    } finally {
      session = undefined;
    }
  };

  const keepLinked = async (signal: AbortSignal): Promise<void> => {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        const outcome = await runOnce(signal);
        if (outcome.welcomed) attempt = 0;
        if (!signal.aborted) log.info('link.lost', { reason: outcome.reason });
      } catch (cause) {
        if (signal.aborted) return;
        log.debug('link.unreachable', describeFailure(cause));
      }
      const wait = backoff(parts.random, attempt, { min: options.retryMin, max: options.retryMax });
      await clock.sleep(wait, signal).catch(() => undefined);
    }
  };

  return {
    ...service({
      start() {
        running.push(keepLinked(ended.signal), every(clock, seconds(1), ended.signal, watchMode));
      },
      async stop() {
        ended.abort();
        await Promise.allSettled(running);
      },
    }),
    get mode() {
      return mode;
    },
    get acknowledged() {
      return cursors.map((cursor) => cursor.offset);
    },
    nudge: () => session?.nudge(),
  };
}
