import type { AlertState, AlertView } from '../api/views.ts';

/** What an operator has decided but the cloud has not confirmed yet, by alert. */
export type HeldChanges = ReadonlyMap<string, HeldChange>;

export interface HeldChange {
  readonly to: Exclude<AlertState, 'active'>;
  /** Until then it can be taken back and has not left the browser. */
  readonly until: number;
}

const order: readonly AlertState[] = ['active', 'acknowledged', 'cleared'];

/** Alerts as the operator means them: with the held changes on top of what the cloud says. */
export function withHeld(alerts: readonly AlertView[], held: HeldChanges): readonly AlertView[] {
  if (held.size === 0) return alerts;
  return alerts.map((alert) => {
    const change = held.get(alert.id);
    return change && isForward(alert.state, change.to) ? { ...alert, state: change.to } : alert;
  });
}

/** Whether the change would move the alert on; an alert never goes back. */
export const isForward = (from: AlertState, to: AlertState): boolean => order.indexOf(to) > order.indexOf(from);

/** One list of the lists of each state, newest occurrence first; an alert that moved meanwhile is taken in its later state. */
export function joinAlerts(lists: readonly (readonly AlertView[])[]): readonly AlertView[] {
  const byId = new Map<string, AlertView>();
  for (const alert of lists.flat()) {
    const known = byId.get(alert.id);
    if (!known || isForward(known.state, alert.state)) byId.set(alert.id, alert);
  }
  return [...byId.values()].sort((a, b) => b.lastAt - a.lastAt);
}
