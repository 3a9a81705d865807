import type { SagaEvent, SagaStepView, SagaView } from '../../ports.ts';

/** What became of an effect. */
export type Outcome =
  /** Not over yet; asking again does nothing twice. */
  | { readonly kind: 'pending' }
  | { readonly kind: 'done'; readonly result: unknown }
  /** `hadEffect`: something of it may have been done all the same. `mayRetry`: trying again can help. */
  | { readonly kind: 'failed'; readonly why: string; readonly hadEffect: boolean; readonly mayRetry: boolean };

export type SagaInput =
  /** It begins, goes on after a crash, or some time has passed. */
  | { readonly kind: 'wake' }
  /** What became of the effect under this key. */
  | { readonly kind: 'outcome'; readonly key: string; readonly outcome: Outcome }
  /** A person wants it undone; one that is stuck tries once more. */
  | { readonly kind: 'cancel' };

/** To be performed once the state is durable. Whoever performs the same key twice has done it once. */
export interface SagaEffect {
  readonly step: number;
  /** await: the effect was ordered before the saga turned back; it is not begun, only its end is waited for. */
  readonly way: 'do' | 'undo' | 'await';
  readonly key: string;
}

export interface SagaStepped {
  readonly saga: SagaView;
  /** Undefined: there is nothing to do for now. */
  readonly effect: SagaEffect | undefined;
  readonly events: readonly SagaEvent[];
}

/** An undoing is tried so often before a person is asked. */
export const undoAttemptsMax = 5;

/**
 * Decides what a saga does next. Pure: from the state alone, so that it goes on after a kill at any moment as if nothing
 * had happened.
 */
export function stepSaga(saga: SagaView, input: SagaInput, now: number): SagaStepped {
  if (input.kind === 'cancel') return cancel(saga, now);
  if (saga.status !== 'running') return { saga, effect: undefined, events: [] };
  if (input.kind === 'outcome') return outcome(saga, input.key, input.outcome, now);
  return saga.direction === 'forward' ? forward(saga, now) : back(saga, now);
}

/** Names an effect: the same however often the cloud is killed while it is performed. */
export const keyOf = (id: string, step: number, way: 'do' | 'undo', attempt: number): string =>
  `saga-${id}-${step}-${way}-${attempt}`;

function forward(saga: SagaView, now: number): SagaStepped {
  if (now >= saga.deadline) return turn(saga, 'it was not done in time', now);
  const at = saga.steps.findIndex(({ phase }) => phase !== 'done');
  if (at < 0) return told({ ...saga, status: 'done', endedAt: now }, 'finished');
  const step = saga.steps[at]!;
  if (step.phase === 'doing') return waits(step, now) ? rest(saga) : perform(saga, at, 'do');
  const begun: SagaStepView = { ...step, phase: 'doing', attempt: 1 };
  return { ...perform(replace(saga, at, begun), at, 'do'), events: [happened('doing', at, begun)] };
}

function back(saga: SagaView, now: number): SagaStepped {
  const at = saga.steps.findLastIndex(isToUndo);
  if (at < 0) return told({ ...saga, status: 'undone', endedAt: now }, 'undone');
  const step = saga.steps[at]!;
  if (now >= saga.deadline) return stuck(saga, at, 'it was not undone in time', now);
  if (step.undo === null) {
    if (!mayBeUnderWay(step)) return leave(saga, at);
    return { saga, effect: { step: at, way: 'await', key: keyOf(saga.id, at, 'do', step.attempt) }, events: [] };
  }
  if (step.phase === 'undoing') return waits(step, now) ? rest(saga) : perform(saga, at, 'undo');
  const begun: SagaStepView = { ...step, phase: 'undoing', attempt: 1, notBefore: 0 };
  return { ...perform(replace(saga, at, begun), at, 'undo'), events: [happened('undoing', at, begun)] };
}

/** Nothing takes it back, and nothing needs to. */
function leave(saga: SagaView, at: number): SagaStepped {
  const left: SagaStepView = { ...saga.steps[at]!, phase: 'undone' };
  return { saga: replace(saga, at, left), effect: undefined, events: [happened('nothing to undo', at, left)] };
}

function outcome(saga: SagaView, key: string, found: Outcome, now: number): SagaStepped {
  const open = saga.direction === 'back' ? saga.steps.findLastIndex(isToUndo) : -1;
  if (open >= 0 && saga.steps[open]!.undo === null && mayBeUnderWay(saga.steps[open]!)) {
    const isOver = found.kind !== 'pending' && key === keyOf(saga.id, open, 'do', saga.steps[open]!.attempt);
    return isOver ? leave(saga, open) : rest(saga);
  }
  const way = saga.direction === 'forward' ? 'do' : 'undo';
  const at = saga.steps.findIndex(({ phase }) => phase === (way === 'do' ? 'doing' : 'undoing'));
  // A late word of what is over changes nothing.
  if (at < 0 || keyOf(saga.id, at, way, saga.steps[at]!.attempt) !== key || found.kind === 'pending') return rest(saga);
  const step = saga.steps[at]!;
  if (found.kind === 'done') {
    const over: SagaStepView = { ...step, phase: way === 'do' ? 'done' : 'undone', why: null, result: found.result };
    return { saga: replace(saga, at, over), effect: undefined, events: [happened(over.phase, at, over)] };
  }
  const { why, hadEffect, mayRetry } = found;
  const failed: SagaStepView = { ...step, why, isUncertain: step.isUncertain || hadEffect };
  const retriesMax = way === 'do' ? saga.retriesMax : undoAttemptsMax - 1;
  if (mayRetry && step.attempt <= retriesMax) {
    const again = { ...failed, attempt: step.attempt + 1, notBefore: now + restMs(step.attempt) };
    return { saga: replace(saga, at, again), effect: undefined, events: [happened('failed, again later', at, failed)] };
  }
  if (way === 'undo') return stuck(replace(saga, at, failed), at, why, now);
  const lost = replace(saga, at, { ...failed, phase: 'failed' });
  const turned = turn(lost, `step ${at + 1}, ${step.name}: ${why}`, now);
  return { ...turned, events: [happened('failed', at, failed), ...turned.events] };
}

function cancel(saga: SagaView, now: number): SagaStepped {
  if (saga.status === 'running' && saga.direction === 'forward') return turn(saga, 'it was cancelled', now);
  if (saga.status !== 'stuck') return rest(saga);
  // Attempts are counted on, so that no key of an undoing that failed is used again.
  const steps = saga.steps.map((step): SagaStepView => {
    if (step.phase !== 'stuck') return step;
    // Where there is nothing to undo it waited for its command, and goes on waiting.
    if (step.undo === null) return { ...step, phase: 'failed' };
    return { ...step, phase: 'undoing', attempt: step.attempt + 1, notBefore: 0 };
  });
  return told({ ...saga, steps, status: 'running', endedAt: null, deadline: now + saga.within }, 'is tried once more');
}

/** From now on it goes back. What is under way may have been done. */
function turn(saga: SagaView, why: string, now: number): SagaStepped {
  const steps = saga.steps.map(
    (step): SagaStepView => (step.phase === 'doing' ? { ...step, phase: 'failed', isUncertain: true } : step),
  );
  return told({ ...saga, steps, direction: 'back', why, deadline: now + saga.within }, 'goes back', why);
}

function stuck(saga: SagaView, at: number, why: string, now: number): SagaStepped {
  const step: SagaStepView = { ...saga.steps[at]!, phase: 'stuck', why };
  const parked = { ...replace(saga, at, step), status: 'stuck', why, endedAt: now } as const;
  return { saga: parked, effect: undefined, events: [happened('stuck', at, step)] };
}

const isToUndo = ({ phase, isUncertain }: SagaStepView): boolean =>
  phase === 'done' || phase === 'undoing' || (phase === 'failed' && isUncertain);

/** A command that nothing takes back may still reach its device: what was done before it is not undone until it is over. */
const mayBeUnderWay = (step: SagaStepView): boolean => step.phase === 'failed' && step.do.kind === 'command';

const waits = ({ notBefore }: SagaStepView, now: number): boolean => now < notBefore;

/** Milliseconds until the next attempt. */
const restMs = (attempt: number): number => Math.min(60_000, 1_000 * 2 ** attempt);

const perform = (saga: SagaView, step: number, way: 'do' | 'undo'): SagaStepped => ({
  saga,
  effect: { step, way, key: keyOf(saga.id, step, way, saga.steps[step]!.attempt) },
  events: [],
});

const replace = (saga: SagaView, at: number, step: SagaStepView): SagaView => ({
  ...saga,
  steps: saga.steps.with(at, step),
});

const rest = (saga: SagaView): SagaStepped => ({ saga, effect: undefined, events: [] });

const told = (saga: SagaView, what: string, why: string | null = null): SagaStepped => ({
  saga,
  effect: undefined,
  events: [{ what, step: null, attempt: null, why }],
});

const happened = (what: string, step: number, { attempt, why }: SagaStepView): SagaEvent => ({
  what,
  step,
  attempt,
  why,
});
