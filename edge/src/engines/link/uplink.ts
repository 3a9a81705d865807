import type { Journal } from '@selvedge/journal';
import {
  backoff,
  type Clock,
  type Duration,
  describeFailure,
  every,
  type Log,
  millis,
  type Random,
  type Service,
  seconds,
  service,
} from '@selvedge/kernel';
import {
  type Command,
  type ConfigurationFrame,
  type ConfiguredFrame,
  type LinkUse,
  lanes,
  type NodeReport,
  type TwinFrame,
} from '@selvedge/protocol';
import type { EdgeAdapters, LinkBudget, LinkTransport } from '../../ports.ts';
import { deviceTally } from './device-tally.ts';
import type { Pack } from './frames.ts';
import { type LinkSession, linkSession, type SessionOutcome } from './session.ts';
import type { ShipperOptions } from './shipper.ts';

export interface UplinkOptions extends ShipperOptions {
  readonly node: string;
  readonly software: string;
  /** Without a link for so long, the node says it is offline. */
  readonly offlineAfter: Duration;
  readonly retryMin: Duration;
  readonly retryMax: Duration;
  /** A link that is silent for so long is dead. */
  readonly silenceMax: Duration;
  readonly reportEvery: Duration;
  /** Whether bulk is given a connection of its own. */
  readonly bulk: boolean;
}

export interface UplinkParts {
  readonly journal: Journal;
  readonly transport: LinkTransport;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly report: () => Omit<NodeReport, 'mode'>;
  readonly budget: LinkBudget;
  readonly pack: Pack;
  readonly bundle?: EdgeAdapters['bundle'];
  /** A command came down; `taken` must be called once its intent is durable. */
  readonly onCommand: (command: Command, taken: () => void) => void;
  readonly onCloudTime: (wall: number) => void;
  /** The link is up with a cloud that knows twins, and what it says of them. */
  readonly onTwinLink?: () => void;
  readonly onTwin?: (frame: TwinFrame) => void;
  /** The same for configurations. */
  readonly onConfigurationLink?: () => void;
  readonly onConfiguration?: (frame: ConfigurationFrame) => void;
  /** Answers a question of the cloud. */
  readonly answer: (what: string) => Promise<unknown>;
}

export interface Uplink extends Service {
  readonly mode: 'online' | 'offline';
  /** The cloud has welcomed the node, and the link is still up. */
  readonly isLinked: boolean;
  /** First offset of each lane that the cloud does not have. */
  readonly acknowledged: readonly number[];
  /** There is something new in the journal. */
  nudge(): void;
  /** False: the link is down, or its cloud does not know twins. */
  sendTwin(frame: TwinFrame): boolean;
  /** False: the link is down, or its cloud does not know configurations. */
  sendConfigured(frame: ConfiguredFrame): boolean;
  /** Frames of twins and configurations that found no room in their line. */
  readonly refused: number;
  /** How the link is used. */
  use(): LinkUse;
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
  let distrusted = false;
  const cursors = lanes.map((_, klass) => parts.journal.cursor(`link-${klass}`, { classes: [klass], holds: true }));
  const tally = deviceTally();
  /** What earlier links demoted. */
  const demoted = lanes.map(() => 0);
  let refused = 0;
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
    session = linkSession(options, { ...parts, cursors, tally, mode: () => mode, distrusted }, connection);
    watchMode();
    try {
      return await session.run(signal);
    } finally {
      for (const [klass, count] of (session.shipper?.counts ?? []).entries()) demoted[klass]! += count.demoted;
      refused += session.refused;
      session = undefined;
    }
  };

  const keepLinked = async (signal: AbortSignal): Promise<void> => {
    for (let attempt = 0; !signal.aborted; attempt++) {
      let least = millis(0);
      try {
        const outcome = await runOnce(signal);
        if (outcome.welcomed) attempt = 0;
        distrusted = outcome.reason.startsWith('LINK_BUNDLE_INVALID');
        // Whoever is asked to wait adds a jitter of as much again, so that not all come back at once. [LNK-45]
        if (outcome.retryAfter) least = millis(outcome.retryAfter * (1 + parts.random.next()));
        if (!signal.aborted) log.info('link.lost', { reason: outcome.reason });
      } catch (cause) {
        if (signal.aborted) return;
        log.debug('link.unreachable', describeFailure(cause));
      }
      const wait = backoff(parts.random, attempt, { min: options.retryMin, max: options.retryMax });
      await clock.sleep(millis(Math.max(wait, least)), signal).catch(() => undefined);
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
    get isLinked() {
      return session?.welcomed ?? false;
    },
    get acknowledged() {
      return cursors.map((cursor) => cursor.offset);
    },
    nudge: () => session?.nudge(),
    sendTwin: (frame) => session?.sendTwin(frame) ?? false,
    sendConfigured: (frame) => session?.sendConfigured(frame) ?? false,
    get refused() {
      return refused + (session?.refused ?? 0);
    },
    use() {
      const view = parts.budget.view(clock.wall());
      const classes = view.classes.map((one, klass) => {
        const lane = session?.shipper?.counts[klass];
        const waiting = one.waiting + (lane?.waiting ?? 0);
        return { ...one, waiting, demoted: one.demoted + demoted[klass]! + (lane?.demoted ?? 0) };
      });
      return { ...view, classes, devices: tally.top(20) };
    },
  };
}
