import type { Alert, Command, Value } from '@selvedge/protocol';
import {
  anomalyScore,
  freshGuard,
  type GuardState,
  passGuard,
  type SamplePages,
  type SlidingWindow,
  samplePages,
  slidingWindow,
} from '@selvedge/stream';
import type { Derived, ReadingColumns } from '../../ports.ts';
import type { Rule } from './rule.ts';

export interface JudgeOptions {
  readonly rules: readonly Rule[];
  readonly epoch: string;
  /** Samples that one window holds at most. */
  readonly samplesMax: number;
}

export interface Judge {
  /** Judges rows `[from, to)`. Without a sink only the windows learn: that is how they are built again after a start. */
  judge(columns: ReadingColumns, from: number, to: number, names: RowNames, sink: Derived | undefined): void;
}

/** What a judgement needs to know of a row only when it has something to say. */
export interface RowNames {
  deviceOf(index: number): string;
  valuesOf(row: number): Record<string, Value>;
}

/** The rules of one metric: they share the windows. */
interface MetricRules {
  readonly metric: string;
  /** Place in the device's list of states. */
  readonly place: number;
  readonly rules: readonly Rule[];
  /** Lengths of the windows that its anomaly rules need, each once. */
  readonly windows: readonly number[];
}

/** One device's memory for one metric. */
interface MetricState {
  readonly windows: readonly SlidingWindow[];
  readonly guards: readonly GuardState[];
}

/**
 * The rules as one step over columns. What it derives has names made of the reading's place, so judging a reading again
 * after a crash gives the same alerts and commands, and times come from the readings alone.
 */
export function judge(options: JudgeOptions): Judge {
  const metrics = groupByMetric(options.rules);
  const store = samplePages();
  const states: (MetricState[] | undefined)[] = [];
  const plans: ({ slot: number; metric: MetricRules }[] | undefined)[] = [];

  const planOf = (columns: ReadingColumns, row: number): { slot: number; metric: MetricRules }[] => {
    const shape = columns.shape[row]!;
    return (plans[shape.id] ??= metrics.flatMap((metric) => {
      const slot = shape.names.indexOf(metric.metric);
      return slot >= 0 && shape.kinds[slot] === 0 ? [{ slot, metric }] : [];
    }));
  };

  return {
    judge(columns, from, to, names, sink) {
      for (let row = from; row < to; row++) {
        const plan = planOf(columns, row);
        for (let i = 0; i < plan.length; i++) {
          const { slot, metric } = plan[i]!;
          const device = columns.device[row]!;
          const state = ((states[device] ??= [])[metric.place] ??= freshState(metric, options.samplesMax, store));
          judgeValue(options, metric, state, columns, row, columns.numbers[columns.valueAt[row]! + slot]!, names, sink);
        }
      }
    },
  };
}

function groupByMetric(rules: readonly Rule[]): readonly MetricRules[] {
  const names = [...new Set(rules.map((rule) => rule.metric))];
  return names.map((metric, place) => {
    const own = rules.filter((rule) => rule.metric === metric);
    const windows = [...new Set(own.filter((rule) => rule.measure === 'anomaly').map((rule) => rule.window))];
    return { metric, place, rules: own, windows };
  });
}

const freshState = (metric: MetricRules, samplesMax: number, store: SamplePages): MetricState => ({
  windows: metric.windows.map(() => slidingWindow(samplesMax, store)),
  guards: metric.rules.map(freshGuard),
});

function judgeValue(
  options: JudgeOptions,
  metric: MetricRules,
  state: MetricState,
  columns: ReadingColumns,
  row: number,
  value: number,
  names: RowNames,
  sink: Derived | undefined,
): void {
  const takenAt = columns.takenAt[row]!;
  const receivedAt = columns.receivedAt[row]!;
  for (let w = 0; w < state.windows.length; w++) state.windows[w]!.forget(takenAt - metric.windows[w]!);
  for (let r = 0; r < metric.rules.length; r++) {
    const rule = metric.rules[r]!;
    const window = rule.measure === 'anomaly' ? state.windows[metric.windows.indexOf(rule.window)]! : undefined;
    const measured = window ? anomalyScore(window, value) : value;
    const beyond =
      (rule.above !== undefined && measured > rule.above) || (rule.below !== undefined && measured < rule.below);
    const wrong = beyond && (window === undefined || Math.abs(value - window.mean) >= rule.minimumEffect);
    if (passGuard(state.guards[r]!, rule, wrong, receivedAt) && sink)
      derive(options.epoch, rule, columns, row, value, measured, names, sink);
  }
  // A late reading is judged, but the window only takes what is not older than its newest: its samples are in order.
  for (let w = 0; w < state.windows.length; w++)
    if (takenAt >= state.windows[w]!.newest) state.windows[w]!.push(takenAt, value);
}

function derive(
  epoch: string,
  rule: Rule,
  columns: ReadingColumns,
  row: number,
  value: number,
  measured: number,
  names: RowNames,
  sink: Derived,
): void {
  const id = `${epoch}-${columns.offset[row]}-${rule.name}`;
  const device = names.deviceOf(columns.device[row]!);
  const takenAt = columns.takenAt[row]!;
  const receivedAt = columns.receivedAt[row]!;
  const message = describe(rule, value, measured);
  if (rule.alert)
    sink.alerts.push(alertOf(id, device, rule, rule.alert, value, measured, message, takenAt, names.valuesOf(row)));
  if (rule.command && receivedAt - takenAt <= rule.freshness) {
    const command: Command = {
      id,
      device,
      name: rule.command.name,
      arguments: rule.command.arguments,
      issuedAt: receivedAt,
      expiresAt: receivedAt + rule.command.expiresIn,
      origin: `${rule.command.actuator ? 'actuator' : 'rule'}:${rule.name}`,
      reason: message,
    };
    sink.commands.push(command);
  }
}

function alertOf(
  id: string,
  device: string,
  rule: Rule,
  how: NonNullable<Rule['alert']>,
  value: number,
  measured: number,
  message: string,
  raisedAt: number,
  data: Record<string, Value>,
): Alert {
  const severity = how.major !== undefined && measured > how.major ? 'major' : how.severity;
  const kind = rule.measure === 'anomaly' ? { type: 'anomaly', score: measured } : { type: 'threshold' };
  return { id, device, rule: rule.name, ...kind, severity, metric: rule.metric, value, message, raisedAt, data };
}

function describe(rule: Rule, value: number, measured: number): string {
  if (rule.measure === 'anomaly')
    return `${rule.metric} ${round(value)} is unusual: score ${round(measured)}, limit ${rule.above ?? rule.below}`;
  const side = rule.above !== undefined && measured > rule.above ? `above ${rule.above}` : `below ${rule.below}`;
  return `${rule.metric} ${round(value)} is ${side}`;
}

const round = (value: number): string => String(Math.round(value * 1_000) / 1_000);
