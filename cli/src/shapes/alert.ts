import type { AlertView } from '../cloud-views.ts';

/** An alert as `--json` gives it [CLI-5]. */
export const alertJson = (alert: AlertView) => ({
  id: alert.id,
  node: alert.node,
  device: alert.device,
  rule: alert.rule,
  type: alert.type,
  severity: alert.severity,
  state: alert.state,
  metric: alert.metric,
  value: alert.value,
  score: alert.score,
  message: alert.message,
  occurrences: alert.count,
  raised_at_ms: alert.raisedAt,
  last_at_ms: alert.lastAt,
  acknowledged_at_ms: alert.acknowledgedAt,
  acknowledged_by: alert.acknowledgedBy,
  cleared_at_ms: alert.clearedAt,
});
