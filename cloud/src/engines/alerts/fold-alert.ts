import { type Alert, severities } from '@selvedge/protocol';
import type { AlertView } from '../../ports.ts';

/** Adds an occurrence to the alert that is open for its device and rule, or raises a new one. */
export function foldAlert(open: AlertView | undefined, alert: Alert, node: string): AlertView {
  const occurrence = {
    node,
    device: alert.device,
    rule: alert.rule,
    type: alert.type,
    metric: alert.metric,
    value: alert.value,
    score: alert.score ?? null,
    message: alert.message,
    data: alert.data,
  };
  if (!open || open.state === 'cleared') {
    return {
      id: alert.id,
      ...occurrence,
      severity: alert.severity,
      state: 'active',
      count: 1,
      raisedAt: alert.raisedAt,
      lastAt: alert.raisedAt,
      acknowledgedAt: null,
      acknowledgedBy: null,
      clearedAt: null,
    };
  }
  const isNewest = alert.raisedAt >= open.lastAt;
  return {
    ...open,
    ...(isNewest ? occurrence : {}),
    // The worst of its occurrences: a person who comes later must not find it milder than it was.
    severity: severities[Math.max(severities.indexOf(open.severity), severities.indexOf(alert.severity))]!,
    count: open.count + 1,
    raisedAt: Math.min(open.raisedAt, alert.raisedAt),
    lastAt: Math.max(open.lastAt, alert.raisedAt),
  };
}

export function acknowledgeAlert(alert: AlertView, by: string, at: number): AlertView {
  return alert.state === 'active' ? { ...alert, state: 'acknowledged', acknowledgedAt: at, acknowledgedBy: by } : alert;
}

export function clearAlert(alert: AlertView, at: number): AlertView {
  return alert.state === 'cleared' ? alert : { ...alert, state: 'cleared', clearedAt: at };
}
