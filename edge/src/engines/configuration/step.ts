import type { Duration } from '@selvedge/kernel';
import {
  type ConfigurationChange,
  type ConfigurationDocument,
  type ConfigurationName,
  configurationName,
  configurationWhyMax,
  highestVersionOf,
  isSameConfiguration,
  type NodePhase,
} from '@selvedge/protocol';
import { configuredFrame, type Held } from './held.ts';

/** What is kept, and since when the node has been on trial: the latter is of this life alone. */
export interface ConfigurationState {
  readonly held: Held;
  readonly watch?: Watch;
}

interface Watch {
  /** Clock ticks at which the node was started with what is on trial. */
  readonly since: number;
  /** Clock ticks since which it has been sound without a break. */
  readonly soundSince?: number;
}

export interface ConfigurationLimits {
  readonly healthFor: Duration;
  readonly trialMax: Duration;
  /** Starts that one version may have without being confirmed. */
  readonly startsMax: number;
}

export type ConfigurationInput =
  /** The program begins, and has not started a node yet. */
  | { readonly kind: 'booted' }
  /** The cloud proposes a version; `mistakes` says why it cannot be used. */
  | { readonly kind: 'offered'; readonly document: ConfigurationDocument; readonly mistakes: readonly string[] }
  /** The cloud says: use what you have prepared. */
  | { readonly kind: 'ordered'; readonly name: ConfigurationName }
  /** The node is started. */
  | { readonly kind: 'started' }
  /** The node could not be started, or what it should run with cannot be used any more. */
  | { readonly kind: 'broke'; readonly why: string }
  /** Once a second: what is wrong with the node, if anything is. */
  | { readonly kind: 'checked'; readonly why: string | undefined }
  /** A change is journaled. */
  | { readonly kind: 'journaled'; readonly change: ConfigurationChange };

export interface ConfigurationStep {
  readonly state: ConfigurationState;
  /** The node is to be stopped and started with other settings. */
  readonly restarts: boolean;
  /** The cloud is to hear what is held, also when that is what it was. */
  readonly tells: boolean;
  /** It leads back to what was good before, so it is done even if the disk refuses to keep it. */
  readonly isRetreat: boolean;
}

export interface Moment {
  readonly wall: number;
  readonly ticks: number;
}

/**
 * Decides how a node is configured. Pure. What it gives must be on the disk before it is done: whoever is killed anywhere
 * finds either the step before or this one.
 */
export function stepConfiguration(
  state: ConfigurationState,
  input: ConfigurationInput,
  now: Moment,
  limits: ConfigurationLimits,
): ConfigurationStep {
  const { held, watch } = state;
  const { trial } = held;
  switch (input.kind) {
    case 'booted':
      if (trial?.phase !== 'applied') return stay(state);
      // The dead man's switch: nobody can say what a node that died on trial died of. [CFG-10]
      if (trial.starts >= limits.startsMax)
        return retreat(held, `it was started ${trial.starts} times and never confirmed`, now);
      return onward({ ...held, trial: { ...trial, starts: trial.starts + 1 } });

    case 'offered':
      return offered(state, input, now);

    case 'ordered':
      if (trial?.phase !== 'prepared' || !isSameConfiguration(configurationName(trial.document), input.name))
        return { ...stay(state), tells: true };
      return {
        ...onward(
          change({ ...held, trial: { ...trial, phase: 'applied', starts: 1 } }, trial.document, 'applied', now),
        ),
        restarts: true,
        tells: true,
      };

    case 'started':
      return stay(trial?.phase === 'applied' ? { held, watch: { since: now.ticks } } : { held });

    case 'broke':
      if (trial?.phase === 'applied') return retreat(held, input.why, now);
      return held.good.version === 0 ? stay(state) : disown(held, input.why, now);

    case 'checked':
      return trial?.phase === 'applied' && watch ? checked(held, watch, input.why, now, limits) : stay(state);

    case 'journaled':
      return stay({ ...state, held: { ...held, untold: held.untold.filter((one) => one !== input.change) } });
  }
}

function offered(
  state: ConfigurationState,
  { document, mistakes }: Extract<ConfigurationInput, { kind: 'offered' }>,
  now: Moment,
): ConfigurationStep {
  const { held } = state;
  // What is on trial ends first: the cloud hears of its end, and offers again. [CFG-7]
  const isKnown = document.version <= highestVersionOf(configuredFrame(held));
  if (isKnown || held.trial?.phase === 'applied') return { ...stay(state), tells: true };
  if (mistakes.length > 0) {
    const why = mistakes.join('\n').slice(0, configurationWhyMax);
    const ended = { ...configurationName(document), phase: 'refused', why } as const;
    const { trial: _replaced, ...rest } = held;
    return { ...onward(change({ ...rest, ended }, document, 'refused', now, why)), tells: true };
  }
  const trial = { document, phase: 'prepared', starts: 0 } as const;
  return { ...onward(change({ ...held, trial }, document, 'prepared', now)), tells: true };
}

function checked(
  held: Held,
  watch: Watch,
  why: string | undefined,
  now: Moment,
  limits: ConfigurationLimits,
): ConfigurationStep {
  const soundSince = why === undefined ? (watch.soundSince ?? now.ticks) : undefined;
  if (soundSince !== undefined && now.ticks - soundSince >= limits.healthFor) {
    const { trial, ...rest } = held;
    return { ...onward(change({ ...rest, good: trial!.document }, trial!.document, 'confirmed', now)), tells: true };
  }
  if (now.ticks - watch.since >= limits.trialMax)
    return retreat(held, why ?? 'it did not stay sound for long enough', now);
  return stay({ held, watch: { since: watch.since, ...(soundSince !== undefined && { soundSince }) } });
}

/** Back to the last good one. */
function retreat({ trial, ...rest }: Held, why: string, now: Moment): ConfigurationStep {
  const { document } = trial!;
  const ended = { ...configurationName(document), phase: 'returned', why: why.slice(0, configurationWhyMax) } as const;
  return {
    state: { held: change({ ...rest, ended }, document, 'returned', now, ended.why) },
    ...{ restarts: true, tells: true, isRetreat: true },
  };
}

/** What was good cannot be used by this program any more: the machine's own settings are left. */
function disown(held: Held, why: string, now: Moment): ConfigurationStep {
  const { good } = held;
  const ended = { ...configurationName(good), phase: 'returned', why: why.slice(0, configurationWhyMax) } as const;
  const left = { ...held, good: { version: 0, settings: {} }, ended };
  return {
    state: { held: change(left, good, 'returned', now, ended.why) },
    ...{ restarts: true, tells: true, isRetreat: true },
  };
}

/** Changes that may wait for the journal; beyond it the oldest is not told. The cloud hears of the newest all the same. */
const untoldMax = 64;

function change(held: Held, document: ConfigurationDocument, phase: NodePhase, now: Moment, why?: string): Held {
  const one: ConfigurationChange = {
    ...configurationName(document),
    ...{ phase, at: now.wall },
    ...(why === undefined ? {} : { why }),
    ...(phase === 'prepared' && { settings: document.settings }),
  };
  return { ...held, untold: [...held.untold, one].slice(-untoldMax) };
}

const stay = (state: ConfigurationState): ConfigurationStep => ({
  state,
  restarts: false,
  tells: false,
  isRetreat: false,
});

const onward = (held: Held): ConfigurationStep => stay({ held });
