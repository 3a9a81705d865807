import type { Value } from './reading.ts';
import type { Severity } from './severity.ts';

/** A rule found a reading wrong. Its id is derived from the reading's place in the journal, so a replay gives the same. */
export interface Alert {
  /** `<epoch>-<offset>-<rule>`. */
  readonly id: string;
  readonly device: string;
  /** Name of the rule that judged. */
  readonly rule: string;
  /** What kind of wrong: `threshold`, `anomaly`. */
  readonly type: string;
  readonly severity: Severity;
  readonly metric: string;
  readonly value: number;
  /** 0 … 1 for an anomaly; absent for a threshold. */
  readonly score?: number;
  /** One line for a person, with numbers. */
  readonly message: string;
  /** The reading's `takenAt`. */
  readonly raisedAt: number;
  readonly data: Readonly<Record<string, Value>>;
}

/** What subscribers of `alerts/<device>` receive, in the terms that the field's tools expect. */
export function alertMessage(alert: Alert): Readonly<Record<string, unknown>> {
  return {
    id: alert.id,
    device_id: alert.device,
    alert_type: alert.type,
    rule: alert.rule,
    anomaly_score: alert.score ?? null,
    severity: alert.severity,
    message: alert.message,
    data: alert.data,
    timestamp: alert.raisedAt,
  };
}
