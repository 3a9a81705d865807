import type { FeedEvent, FeedMessage } from '../api/views.ts';

/** `live`: the feed has greeted. `waiting`: it broke, the next attempt is due at `retryAt`. */
export type FeedPhase = 'idle' | 'connecting' | 'live' | 'waiting' | 'signed-out';

export interface FeedState {
  readonly phase: FeedPhase;
  /** Of the last message that was taken; what a new connection resumes from. */
  readonly sequence: number | null;
  /** Attempts since the last greeting. */
  readonly attempt: number;
  readonly downSince: number | null;
  readonly retryAt: number | null;
}

export type FeedInput =
  | { readonly kind: 'start' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'message'; readonly message: FeedMessage }
  | { readonly kind: 'closed' }
  /** The wait is over. */
  | { readonly kind: 'due' }
  /** Somebody wants it now: a press of the button, or the page came back into sight. */
  | { readonly kind: 'hurry' }
  /** A request got no answer although the feed seems up. */
  | { readonly kind: 'doubt' }
  /** The session has ended. */
  | { readonly kind: 'refused' };

export type FeedEffect =
  | { readonly kind: 'open'; readonly since: number | null }
  | { readonly kind: 'close' }
  | { readonly kind: 'wait'; readonly milliseconds: number }
  /** Ask whether the session still holds: a browser does not say why a WebSocket was refused. */
  | { readonly kind: 'probe' }
  | { readonly kind: 'deliver'; readonly event: FeedEvent }
  /** What was missed cannot be replayed: everything shown must be fetched again. */
  | { readonly kind: 'reload' };

export interface FeedStep {
  readonly state: FeedState;
  readonly effects: readonly FeedEffect[];
}

export const initialFeed: FeedState = { phase: 'idle', sequence: null, attempt: 0, downSince: null, retryAt: null };

const retryMinMs = 500;
const retryMaxMs = 15_000;

/** Decides what the feed's connection does next; `chance` is uniform in [0, 1). */
export function stepFeed(state: FeedState, input: FeedInput, now: number, chance: number): FeedStep {
  switch (input.kind) {
    case 'start':
      return state.phase === 'idle' || state.phase === 'signed-out' ? opening({ ...state, attempt: 0 }) : same(state);
    case 'stop':
      return { state: { ...state, phase: 'idle', downSince: null, retryAt: null }, effects: [{ kind: 'close' }] };
    case 'refused':
      return { state: { ...state, phase: 'signed-out', retryAt: null }, effects: [{ kind: 'close' }] };
    case 'due':
    case 'hurry':
      return state.phase === 'waiting' ? opening(state) : same(state);
    case 'doubt': {
      if (state.phase !== 'live') return same(state);
      const step = broken(state, now, chance);
      return { state: step.state, effects: [{ kind: 'close' }, ...step.effects] };
    }
    case 'closed':
      return state.phase === 'live' || state.phase === 'connecting' ? broken(state, now, chance) : same(state);
    case 'message':
      return state.phase === 'live' || state.phase === 'connecting' ? received(state, input.message) : same(state);
  }
}

function received(state: FeedState, message: FeedMessage): FeedStep {
  if (message.kind === 'hello') {
    const greeted: FeedState = {
      phase: 'live',
      sequence: message.sequence,
      attempt: 0,
      downSince: null,
      retryAt: null,
    };
    // A resumed feed replays from the sequence it was asked for, so that one stays until the replay passes it.
    if (message.resumed) return { state: { ...greeted, sequence: state.sequence ?? message.sequence }, effects: [] };
    return { state: greeted, effects: [{ kind: 'reload' }] };
  }
  if (state.sequence !== null && message.sequence <= state.sequence) return same(state);
  return { state: { ...state, sequence: message.sequence }, effects: [{ kind: 'deliver', event: message }] };
}

function opening(state: FeedState): FeedStep {
  return {
    state: { ...state, phase: 'connecting', retryAt: null },
    effects: [{ kind: 'open', since: state.sequence }],
  };
}

/** Waits between half and all of a ceiling that doubles: consoles of a restarted cloud do not all come at once. */
function broken(state: FeedState, now: number, chance: number): FeedStep {
  const ceiling = Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(state.attempt, 16));
  const milliseconds = Math.round(ceiling * (0.5 + chance / 2));
  return {
    state: {
      ...state,
      phase: 'waiting',
      attempt: state.attempt + 1,
      downSince: state.downSince ?? now,
      retryAt: now + milliseconds,
    },
    effects: [{ kind: 'wait', milliseconds }, { kind: 'probe' }],
  };
}

const same = (state: FeedState): FeedStep => ({ state, effects: [] });
