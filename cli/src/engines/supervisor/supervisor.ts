import { type Duration, millis, minutes, seconds } from '@selvedge/kernel';

/** Children in the order in which they start; they stop in reverse. */
export const childNames = ['cloud', 'edge', 'demo'] as const;
export type ChildName = (typeof childNames)[number];

/**
 * off → starting → running → stopping → off. A child that ends by itself waits and starts again; one that does so too
 * often, or that never got ready, has failed and waits for a person.
 */
export type Phase = 'off' | 'starting' | 'running' | 'stopping' | 'waiting' | 'failed';

/** Why a child ended: the fault it told, or how it ended. */
export interface ChildFailure {
  readonly code?: string;
  readonly message: string;
  readonly hint?: string;
}

export interface ChildState {
  readonly phase: Phase;
  /** It was ready at least once since a person started it. */
  readonly proven: boolean;
  /** Ticks at which it ended by itself, of the last `crashSpan`. */
  readonly crashes: readonly number[];
  readonly failure?: ChildFailure;
}

export interface SupervisorState {
  readonly children: Readonly<Record<ChildName, ChildState>>;
  /** All are to end, one after the other. */
  readonly closing: boolean;
}

export type SupervisorInput =
  | { readonly kind: 'start' | 'stop' | 'ready' | 'due' | 'overdue'; readonly name: ChildName }
  | { readonly kind: 'exited'; readonly name: ChildName; readonly failure: ChildFailure }
  /** `close` ends all in order, `kill` at once. */
  | { readonly kind: 'close' }
  | { readonly kind: 'kill' };

export type SupervisorEffect =
  | { readonly kind: 'spawn'; readonly name: ChildName }
  | { readonly kind: 'signal'; readonly name: ChildName; readonly signal: 'SIGTERM' | 'SIGKILL' }
  /** Answer with the input `due` (start it again) or `overdue` (it does not stop) after `wait`. */
  | { readonly kind: 'alarm'; readonly name: ChildName; readonly about: 'due' | 'overdue'; readonly wait: Duration }
  | { readonly kind: 'cancel'; readonly name: ChildName }
  | { readonly kind: 'tell'; readonly name: ChildName; readonly news: News; readonly failure?: ChildFailure };

/** What is worth a line: a child that crashes in a row is told of once. */
export type News = 'ready' | 'stopped' | 'crashed' | 'recovered' | 'failed';

export interface SupervisorStep {
  readonly state: SupervisorState;
  readonly effects: readonly SupervisorEffect[];
}

/** Crashes are forgotten after this. */
const crashSpan = minutes(5);
/** More in `crashSpan` than this, and it is left alone. */
const crashesMax = 8;
/** A child that was asked to end is killed after this. */
const stopMax = seconds(8);
const waitMin = 500;
const waitMax = 30_000;

const off: ChildState = { phase: 'off', proven: false, crashes: [] };

export const emptySupervisor: SupervisorState = { children: { cloud: off, edge: off, demo: off }, closing: false };

/** Decides what happens to the children. Pure; `now` is in ticks. */
export function stepSupervisor(state: SupervisorState, input: SupervisorInput, now: number): SupervisorStep {
  if (input.kind === 'close') return closeNext({ ...state, closing: true });
  if (input.kind === 'kill') return killAll(state);
  const { name } = input;
  const child = state.children[name];
  const to = (change: Partial<ChildState>, ...effects: SupervisorEffect[]): SupervisorStep => {
    const next = { ...state, children: { ...state.children, [name]: { ...child, ...change } } };
    return { state: next, effects };
  };

  switch (input.kind) {
    case 'start': {
      if (state.closing || child.phase === 'starting' || child.phase === 'running') return { state, effects: [] };
      if (child.phase === 'stopping') return { state, effects: [] };
      return to({ ...off, phase: 'starting' }, { kind: 'cancel', name }, { kind: 'spawn', name });
    }

    case 'stop': {
      if (child.phase === 'off' || child.phase === 'stopping') return { state, effects: [] };
      if (child.phase === 'waiting' || child.phase === 'failed')
        return to(off, { kind: 'cancel', name }, { kind: 'tell', name, news: 'stopped' });
      return to(
        { phase: 'stopping' },
        { kind: 'signal', name, signal: 'SIGTERM' },
        { kind: 'alarm', name, about: 'overdue', wait: stopMax },
      );
    }

    case 'ready': {
      if (child.phase !== 'starting') return { state, effects: [] };
      const news = child.crashes.length > 0 ? 'recovered' : 'ready';
      return to({ phase: 'running', proven: true }, { kind: 'tell', name, news });
    }

    case 'due':
      if (child.phase !== 'waiting' || state.closing) return { state, effects: [] };
      return to({ phase: 'starting' }, { kind: 'spawn', name });

    case 'overdue':
      if (child.phase !== 'stopping') return { state, effects: [] };
      return to({}, { kind: 'signal', name, signal: 'SIGKILL' });

    case 'exited':
      return exited(state, name, input.failure, now, to);
  }
}

function exited(
  state: SupervisorState,
  name: ChildName,
  failure: ChildFailure,
  now: number,
  to: (change: Partial<ChildState>, ...effects: SupervisorEffect[]) => SupervisorStep,
): SupervisorStep {
  const child = state.children[name];
  if (child.phase === 'stopping' || state.closing) {
    const stopped = to(off, { kind: 'cancel', name }, { kind: 'tell', name, news: 'stopped' });
    if (!state.closing) return stopped;
    const next = closeNext(stopped.state);
    return { state: next.state, effects: [...stopped.effects, ...next.effects] };
  }
  if (child.phase !== 'starting' && child.phase !== 'running') return { state, effects: [] };
  const recent = child.crashes.filter((at) => now - at < crashSpan);
  const crashes = [...recent, now];
  // A child that never got ready would fail the same way again: its port is taken, or its settings are wrong.
  if (!child.proven || crashes.length > crashesMax)
    return to({ phase: 'failed', crashes, failure }, { kind: 'tell', name, news: 'failed', failure });
  const wait = millis(Math.min(waitMax, waitMin * 2 ** recent.length));
  const alarm: SupervisorEffect = { kind: 'alarm', name, about: 'due', wait };
  const news: readonly SupervisorEffect[] = recent.length > 0 ? [] : [{ kind: 'tell', name, news: 'crashed', failure }];
  return to({ phase: 'waiting', crashes, failure }, alarm, ...news);
}

/** Asks the last child that still lives to end; the others follow when it is gone. */
function closeNext(state: SupervisorState): SupervisorStep {
  const alive = childNames.findLast((name) => hasProcess(state.children[name]));
  if (!alive || state.children[alive].phase === 'stopping') return { state, effects: [] };
  const children = { ...state.children, [alive]: { ...state.children[alive], phase: 'stopping' as const } };
  return {
    state: { ...state, children },
    effects: [
      { kind: 'signal', name: alive, signal: 'SIGTERM' },
      { kind: 'alarm', name: alive, about: 'overdue', wait: stopMax },
    ],
  };
}

/** Nobody wants to wait for an orderly end. */
function killAll(state: SupervisorState): SupervisorStep {
  const alive = childNames.filter((name) => hasProcess(state.children[name]));
  const stopping = alive.map((name) => [name, { ...state.children[name], phase: 'stopping' as const }]);
  return {
    state: { children: { ...state.children, ...Object.fromEntries(stopping) }, closing: true },
    effects: alive.map((name) => ({ kind: 'signal', name, signal: 'SIGKILL' })),
  };
}

const hasProcess = ({ phase }: ChildState): boolean => !['off', 'failed', 'waiting'].includes(phase);

/** Whether `close` has come to its end. */
export const isClosed = (state: SupervisorState): boolean =>
  state.closing && !childNames.some((name) => hasProcess(state.children[name]));
