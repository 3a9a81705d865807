import { type Clock, describeFailure, type Log, type Metrics } from '@selvedge/kernel';
import type { Limits } from '../config.ts';
import type { Line, Outcome, Sent } from '../line.ts';
import type { Message, Option } from '../message.ts';
import type { coapMetrics } from '../metrics.ts';
import { registry } from '../options/registry.ts';
import { encodeUint } from '../options/uint.ts';
import type { Resource } from '../resource.ts';
import { nextSequence } from '../timing/sequence.ts';

/** Who observes what, and is told of changes (RFC 7641). */
export interface Observers {
  /** Whether one more may be added; a renewed observation always may. */
  admits(line: Line, token: Buffer): boolean;
  /** Adds an observer, in place of an earlier one with the same token. */
  add(about: ObserverAbout): Observer;
  /** The observer said that it is not interested any more, or its connection ended. */
  remove(line: Line, token: Buffer): void;
  removeLine(line: Line): void;
  /** Something changed at this path: every observer of it gets the present representation, soon. */
  changed(path: string): void;
  /** The one that was added with this token. */
  find(line: Line, token: Buffer): Observer | undefined;
  stop(): void;
  readonly count: number;
}

export interface ObserverAbout {
  readonly line: Line;
  readonly token: Buffer;
  readonly path: string;
  readonly resource: Resource;
  /** Makes a notification of the present state, protected where need be, with these options added. */
  render(more: readonly Option[]): Promise<Notification>;
  /** The number given to the first response. */
  readonly sequence: number;
}

export interface Notification {
  readonly message: Message;
  /** There are no more after it: what it says, perhaps under its protection, is an error. */
  readonly isLast: boolean;
}

export interface Observer {
  readonly about: ObserverAbout;
  /** The first response has been sent: what changed since it was added is notified from now on. */
  begin(): void;
  /** A change has happened. */
  changed(): void;
  /** Called when it is gone. */
  onEnd(listener: () => void): void;
}

interface State extends Observer {
  readonly key: string;
  sequence: number;
  /** A notification is being made, or waits for its acknowledgement. */
  busy: boolean;
  /** Something changed meanwhile. */
  dirty: boolean;
  unconfirmed: number;
  /** Ticks. */
  confirmedAt: number;
  sent: Sent | undefined;
  over: boolean;
  readonly listeners: (() => void)[];
}

export function observers(
  limits: Limits,
  { clock, log, metrics }: { readonly clock: Clock; readonly log: Log; readonly metrics: Metrics<typeof coapMetrics> },
): Observers {
  const all = new Map<string, State>();
  const byLine = new Map<string, Set<State>>();
  const byPath = new Map<string, Set<State>>();
  const keyOf = (line: Line, token: Buffer): string => `${line.key} ${token.toString('hex')}`;

  const end = (state: State): void => {
    if (state.over) return;
    state.over = true;
    all.delete(state.key);
    discard(byLine, state.about.line.key, state);
    discard(byPath, state.about.path, state);
    metrics.observers.set(all.size);
    state.sent?.release();
    for (const listener of state.listeners) listener();
  };

  const changed = (state: State): void => {
    if (state.over) return;
    if (state.busy) {
      if (state.dirty) metrics.coalesced.add(1);
      state.dirty = true;
      return;
    }
    state.busy = true;
    // Several changes of one moment are one notification.
    clock.soon(() => {
      notify(state).catch((cause: unknown) => {
        log.warn('coap.notification.failed', { path: state.about.path, ...describeFailure(cause) });
        end(state);
      });
    });
  };

  /** Sends the present state; what changes until it is acknowledged is one notification after it. */
  const notify = async (state: State): Promise<void> => {
    if (state.over) return;
    const { line, resource } = state.about;
    state.dirty = false;
    state.sequence = nextSequence(clock, state.sequence);
    const observe = { number: registry.observe.number, value: encodeUint(state.sequence) };
    const { message, isLast } = await state.about.render([observe]);
    if (state.over) return;
    const confirmable = mustConfirm(state, resource);
    state.unconfirmed = confirmable ? 0 : state.unconfirmed + 1;
    state.sent?.release();
    metrics.notifications.add(1, confirmable ? 'confirmable' : 'non-confirmable');
    const sent = line.send(message, confirmable, (outcome) => heard(state, confirmable, outcome));
    if (isLast) {
      // It is told, and told again if need be, that there is no more; nobody waits for the outcome.
      state.sent = undefined;
      end(state);
    } else if (!state.over) state.sent = sent;
  };

  const heard = (state: State, confirmable: boolean, outcome: Outcome): void => {
    if (outcome === 'acknowledged') state.confirmedAt = clock.ticks();
    if (outcome === 'acknowledged' || (outcome === 'sent' && !confirmable)) settle(state);
    else if (outcome !== 'sent') end(state);
  };

  const settle = (state: State): void => {
    state.busy = false;
    if (state.dirty) changed(state);
  };

  const mustConfirm = (state: State, resource: Resource): boolean =>
    resource.notifications === 'confirmable' ||
    !state.about.line.proven ||
    state.unconfirmed + 1 >= limits.confirmEvery ||
    clock.ticks() - state.confirmedAt >= limits.confirmWithin;

  return {
    admits(line, token) {
      if (all.has(keyOf(line, token))) return true;
      const mine = byLine.get(line.key)?.size ?? 0;
      const admitted = all.size < limits.observersMax && mine < limits.peerObserversMax;
      if (!admitted) metrics.refused.add(1, 'observers');
      return admitted;
    },
    add(about) {
      const key = keyOf(about.line, about.token);
      const earlier = all.get(key);
      if (earlier) end(earlier);
      const state: State = {
        about,
        key,
        sequence: about.sequence,
        busy: true,
        dirty: false,
        unconfirmed: 0,
        confirmedAt: clock.ticks(),
        sent: undefined,
        over: false,
        listeners: [],
        begin: () => settle(state),
        changed: () => changed(state),
        onEnd(listener) {
          if (state.over) listener();
          else state.listeners.push(listener);
        },
      };
      all.set(key, state);
      join(byLine, about.line.key, state);
      join(byPath, about.path, state);
      metrics.observers.set(all.size);
      return state;
    },
    find: (line, token) => all.get(keyOf(line, token)),
    remove(line, token) {
      const state = all.get(keyOf(line, token));
      if (state) end(state);
    },
    removeLine(line) {
      for (const state of byLine.get(line.key) ?? []) end(state);
    },
    changed(path) {
      for (const state of byPath.get(path) ?? []) changed(state);
    },
    stop() {
      for (const state of all.values()) end(state);
    },
    get count() {
      return all.size;
    },
  };
}

function join(index: Map<string, Set<State>>, key: string, state: State): void {
  const set = index.get(key);
  if (set) set.add(state);
  else index.set(key, new Set([state]));
}

function discard(index: Map<string, Set<State>>, key: string, state: State): void {
  const set = index.get(key);
  set?.delete(state);
  if (set?.size === 0) index.delete(key);
}
