import {
  type Clock,
  defineMetrics,
  describeFailure,
  every,
  type Log,
  type Service,
  seconds,
  service,
} from '@selvedge/kernel';
import { type ConfigurationChange, readConfigurationFrame, readSettings, type Settings } from '@selvedge/protocol';
import { edgeFaults } from '../../faults.ts';
import type { ConfigurationLine, ConfigurationNode } from '../../ports.ts';
import { configuredFrame, decodeHeld, documentOf, encodeHeld, type Held, nothingHeld } from './held.ts';
import { configurationMetrics } from './metrics.ts';
import {
  type ConfigurationInput,
  type ConfigurationLimits,
  type ConfigurationState,
  stepConfiguration,
} from './step.ts';

export interface ConfiguredWorld<Config, Machine extends Service> {
  readonly clock: Clock;
  readonly log: Log;
  /** One small state, replaced whole and durably. */
  readonly store: {
    read(): Promise<Uint8Array | undefined>;
    write(bytes: Uint8Array): Promise<void>;
  };
  /** The configuration that these settings make of the machine's own, or all that is wrong with them. */
  readonly read: (settings: Settings) => { readonly config: Config | undefined; readonly mistakes: readonly string[] };
  /** Builds a node, which is not started yet. */
  readonly open: (config: Config, line: ConfigurationLine) => Promise<Machine>;
}

/** A node that can be given other settings while it runs. */
export interface ConfiguredNode<Machine> extends Service {
  /** The one that runs now; another one after each change. */
  readonly machine: Machine;
  /** Rejects when neither the new settings nor those before can be run with any more. */
  readonly broken: Promise<never>;
}

/** A node that takes longer to stop than this, in milliseconds, would hold its doors for ever: the program ends. */
const stopMax = seconds(30);

/**
 * Runs a node with the last settings that were good, or on trial with those that the cloud ordered; stops it and starts it
 * again in this process when that changes. One thing is done after the other, and each is on the disk before it is done.
 */
export function configuredNode<Config, Machine extends Service>(
  limits: ConfigurationLimits,
  world: ConfiguredWorld<Config, Machine>,
): ConfiguredNode<Machine> {
  const { clock, log, store } = world;
  const metrics = defineMetrics(configurationMetrics);
  const ended = new AbortController();
  const broken = Promise.withResolvers<never>();
  // Whoever does not listen must not be ended by it.
  broken.promise.catch(() => undefined);
  let state: ConfigurationState = { held: nothingHeld };
  let machine: Machine | undefined;
  let node: ConfigurationNode | undefined;
  let asked: ConfigurationChange[] = [];
  let waiting = 0;
  let queue: Promise<void> = Promise.resolve();

  const take = (input: ConfigurationInput): void => {
    waiting += 1;
    queue = queue
      .then(() => (ended.signal.aborted ? undefined : act(input)))
      .catch((cause: unknown) => {
        ended.abort();
        broken.reject(cause);
      })
      .finally(() => void (waiting -= 1));
  };

  const act = async (input: ConfigurationInput): Promise<void> => {
    const step = stepConfiguration(state, input, { wall: clock.wall(), ticks: clock.ticks() }, limits);
    const isKept = step.state.held === state.held || (await keep(step.state.held));
    if (!isKept && input.kind === 'booted')
      return act({ kind: 'broke', why: 'the disk does not keep how often it was started' });
    if (!isKept && !step.isRetreat && input.kind !== 'journaled') return;
    note(state.held, step.state.held);
    state = step.state;
    if (step.tells) node?.send(configuredFrame(state.held));
    // What the next node journals of its own trial is a sign of its health.
    if (step.restarts && machine) await restart();
    else tell();
  };

  const keep = async (held: Held): Promise<boolean> => {
    try {
      await store.write(encodeHeld(held));
      return true;
    } catch (cause) {
      metrics.unkept.add(1);
      log.error('configuration.unkept', describeFailure(cause));
      return false;
    }
  };

  const note = (before: Held, after: Held): void => {
    for (const { phase, version, why } of after.untold.filter((one) => !before.untold.includes(one))) {
      metrics.changes.add(1, phase);
      const isBad = phase === 'returned' || phase === 'refused';
      log[isBad ? 'error' : 'info'](`configuration.${phase}`, { version, ...(why === undefined ? {} : { why }) });
    }
  };

  /** Journals what has happened, in order. */
  const tell = (): void => {
    for (const change of state.held.untold.filter((one) => !asked.includes(one))) {
      const durable = (): void => take({ kind: 'journaled', change });
      if (!node?.write({ kind: 'configuration', body: change }, durable)) return;
      asked.push(change);
    }
  };

  const restart = async (): Promise<void> => {
    const before = machine!;
    machine = undefined;
    node = undefined;
    const late = new AbortController();
    const isLate = clock.sleep(stopMax, late.signal).then(
      () => true,
      () => false,
    );
    const stopped = before.stop().then(() => false);
    const hangs = await Promise.race([stopped, isLate]).finally(() => late.abort());
    if (hangs) throw edgeFaults('EDGE_CONFIGURATION_STUCK', `the node did not stop within ${stopMax} ms`);
    await run(ended.signal);
  };

  /** Starts a node with what is held. What is on trial and does not start leads back to what was good. */
  const run = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      const { version, settings } = documentOf(state.held);
      const { config, mistakes } = world.read(settings);
      if (config === undefined && version === 0)
        throw edgeFaults(
          'EDGE_CONFIGURATION_UNFIT',
          `the machine's own settings cannot be used: ${mistakes.join('; ')}`,
        );
      let started: Machine | undefined;
      try {
        if (config === undefined) throw edgeFaults('EDGE_CONFIGURATION_UNFIT', mistakes.join('; '));
        started = await world.open(config, line);
        await started.start(signal);
      } catch (cause) {
        node = undefined;
        await started?.stop().catch(() => undefined);
        const isOnTrial = state.held.trial?.phase === 'applied';
        if (signal.aborted || (config !== undefined && !isOnTrial)) throw cause;
        await act({ kind: 'broke', why: cause instanceof Error ? cause.message : String(cause) });
        continue;
      }
      machine = started;
      return act({ kind: 'started' });
    }
  };

  const unsound = (): string | undefined => {
    if (state.held.untold.some(({ phase }) => phase === 'applied')) return 'its journal takes nothing';
    return node?.isLinked ? undefined : 'it does not reach its cloud';
  };

  const line: ConfigurationLine = {
    attach(attached) {
      node = attached;
      asked = [];
      tell();
    },
    linked: () => void node?.send(configuredFrame(state.held)),
    hear(body) {
      const frame = readConfigurationFrame(body);
      // One offer waits at most: the cloud makes it again when it hears what is held.
      if (waiting > waitingMax) return;
      if (!frame.ok) log.warn('configuration.unreadable', { why: frame.why });
      else if (frame.value.kind === 'apply') take({ kind: 'ordered', name: frame.value });
      else {
        const { version, settings } = frame.value;
        const mistakes = [...readSettings(settings).mistakes, ...world.read(settings).mistakes];
        take({ kind: 'offered', document: { version, settings }, mistakes });
      }
    },
    metrics() {
      metrics.version.set(documentOf(state.held).version);
      metrics.onTrial.set(state.held.trial?.phase === 'applied' ? 1 : 0);
      return metrics.expose();
    },
  };

  const load = async (): Promise<Held> => {
    const bytes = await store.read();
    const held = bytes ? decodeHeld(bytes) : nothingHeld;
    if (!held) log.error('configuration.unreadable', { bytes: bytes?.length ?? 0 });
    return held ?? nothingHeld;
  };

  const begin = async (signal: AbortSignal): Promise<void> => {
    state = { held: await load() };
    await act({ kind: 'booted' });
    await run(signal);
  };

  const life = service({
    async start(signal) {
      // What the node tells while it starts waits its turn.
      const starting = begin(signal);
      queue = starting.catch(() => undefined);
      await starting;
      void every(clock, seconds(1), ended.signal, () => {
        if (waiting === 0 && state.watch) take({ kind: 'checked', why: unsound() });
      });
    },
    async stop() {
      ended.abort();
      await queue;
      await machine?.stop();
    },
  });

  return {
    ...life,
    broken: broken.promise,
    get machine() {
      return machine!;
    },
  };
}

/** Frames that may wait while a node starts. */
const waitingMax = 64;
