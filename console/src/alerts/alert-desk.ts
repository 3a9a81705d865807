import type { AlertView } from '../api/views.ts';
import { type HeldChange, type HeldChanges, isForward } from './held-changes.ts';

export type AlertChange = HeldChange['to'];

export interface AlertDesk {
  /** Shows the change at once and sends it when it can no longer be taken back. */
  change(alert: AlertView, to: AlertChange): void;
  /** Takes a change back that has not left yet. */
  undo(id: string): void;
  /** Sends everything now: the page is closing. */
  flush(): void;
  held(): HeldChanges;
  subscribe(listener: () => void): () => void;
}

export interface AlertDeskOptions {
  /** How long a change can be taken back. */
  readonly holdMs: number;
  /** Settles when the cloud has confirmed it. */
  send(id: string, to: AlertChange, isLast: boolean): Promise<void>;
  failed(id: string, to: AlertChange, cause: unknown): void;
}

/** Holds the changes of alerts between an operator's key press and the cloud's confirmation. */
export function alertDesk({ holdMs, send, failed }: AlertDeskOptions): AlertDesk {
  let held: HeldChanges = new Map();
  const timers = new Map<string, ReturnType<typeof setTimeout>>();
  const listeners = new Set<() => void>();

  function update(edit: (next: Map<string, HeldChange>) => void): void {
    const next = new Map(held);
    edit(next);
    held = next;
    for (const listener of listeners) listener();
  }

  function release(id: string, isLast: boolean): void {
    const change = held.get(id);
    if (!change || !timers.has(id)) return;
    clearTimeout(timers.get(id));
    timers.delete(id);
    send(id, change.to, isLast)
      .catch((cause: unknown) => failed(id, change.to, cause))
      .finally(() => {
        if (held.get(id) === change) update((next) => next.delete(id));
      });
  }

  return {
    change(alert, to) {
      const before = held.get(alert.id);
      if (!isForward(before?.to ?? alert.state, to)) return;
      clearTimeout(timers.get(alert.id));
      timers.set(
        alert.id,
        setTimeout(() => release(alert.id, false), holdMs),
      );
      update((next) => next.set(alert.id, { to, until: Date.now() + holdMs }));
    },
    undo(id) {
      if (!timers.has(id)) return;
      clearTimeout(timers.get(id));
      timers.delete(id);
      update((next) => next.delete(id));
    },
    flush() {
      for (const id of [...timers.keys()]) release(id, true);
    },
    held: () => held,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
