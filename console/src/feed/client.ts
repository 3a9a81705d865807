import type { FeedEvent } from '../api/views.ts';
import { type FeedInput, type FeedState, initialFeed, stepFeed } from './connection.ts';
import { readFeedMessage } from './message.ts';

export interface FeedHandlers {
  deliver(event: FeedEvent): void;
  /** Fetch everything again: what was missed cannot be replayed. */
  reload(): void;
  /** Gives whether the session still holds; rejects when the cloud does not answer. */
  probe(): Promise<boolean>;
  signedOut(): void;
}

export interface FeedClient {
  start(): void;
  stop(): void;
  /** Connects now instead of when the wait is over. */
  hurry(): void;
  /** A request got no answer: the feed may be dead without having said so. */
  doubt(): void;
  state(): FeedState;
  subscribe(listener: () => void): () => void;
}

/** The one WebSocket of the console. `url` gets the sequence to resume from. */
export function feedClient(url: (since: number | null) => string, handlers: FeedHandlers): FeedClient {
  let state = initialFeed;
  let socket: WebSocket | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listeners = new Set<() => void>();

  function take(input: FeedInput): void {
    const before = state;
    const step = stepFeed(state, input, Date.now(), Math.random());
    state = step.state;
    for (const effect of step.effects) {
      if (effect.kind === 'deliver') handlers.deliver(effect.event);
      else if (effect.kind === 'reload') handlers.reload();
      else if (effect.kind === 'open') open(effect.since);
      else if (effect.kind === 'close') close();
      else if (effect.kind === 'probe') probe();
      else timer = setTimeout(() => take({ kind: 'due' }), effect.milliseconds);
    }
    // Nobody looks at the sequence of single events, so only a change of the connection is news.
    if (state.phase !== before.phase || state.retryAt !== before.retryAt) for (const listener of listeners) listener();
  }

  function open(since: number | null): void {
    close();
    const opened = new WebSocket(url(since));
    socket = opened;
    opened.onmessage = ({ data }) => {
      const message = socket === opened && typeof data === 'string' ? readFeedMessage(data) : undefined;
      if (message) take({ kind: 'message', message });
    };
    opened.onclose = () => {
      if (socket === opened) take({ kind: 'closed' });
    };
  }

  function close(): void {
    clearTimeout(timer);
    const old = socket;
    socket = undefined;
    old?.close();
  }

  function probe(): void {
    handlers.probe().then(
      (holds) => {
        if (holds || state.phase === 'idle') return;
        take({ kind: 'refused' });
        handlers.signedOut();
      },
      () => undefined,
    );
  }

  return {
    start: () => take({ kind: 'start' }),
    stop: () => take({ kind: 'stop' }),
    hurry: () => take({ kind: 'hurry' }),
    doubt: () => take({ kind: 'doubt' }),
    state: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
