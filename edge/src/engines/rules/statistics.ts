import { type MetricStatistics, type Statistics, valueKind } from '@selvedge/protocol';
import { type PaneWindow, paneWindow } from '@selvedge/stream';
import type { ReadingColumns } from '../../ports.ts';

/** Statistics are said of a metric from this many samples on. */
const samplesMin = 10;

export interface StatisticsOptions {
  /** Milliseconds between two statements, and the length of a pane. */
  readonly period: number;
  /** Panes in a window: with a period of one minute, 5 say the last five minutes. */
  readonly panes: number;
  readonly metricsMax: number;
}

export interface Collector {
  collect(columns: ReadingColumns, from: number, to: number): void;
  /** The statistics of every device heard in the period that ends at `now`; the window moves on by one pane. */
  turn(now: number, deviceOf: (index: number) => string): Statistics[];
}

/** Collects windowed statistics of every numeric metric of every device, in constant memory per metric. */
export function collector(options: StatisticsOptions): Collector {
  const devices: (Map<string, PaneWindow> | undefined)[] = [];
  const heard = new Set<number>();
  let metricCount = 0;

  const windowOf = (device: number, metric: string): PaneWindow | undefined => {
    const windows = (devices[device] ??= new Map());
    let window = windows.get(metric);
    if (!window && metricCount < options.metricsMax) {
      windows.set(metric, (window = paneWindow(options.panes)));
      metricCount += 1;
    }
    return window;
  };

  return {
    collect(columns, from, to) {
      for (let row = from; row < to; row++) {
        const device = columns.device[row]!;
        const shape = columns.shape[row]!;
        const at = columns.valueAt[row]!;
        heard.add(device);
        for (let i = 0; i < shape.names.length; i++) {
          if (shape.kinds[i] === valueKind.number) windowOf(device, shape.names[i]!)?.add(columns.numbers[at + i]!);
        }
      }
    },
    turn(now, deviceOf) {
      const found = [...heard].flatMap((device) => {
        const metrics = [...(devices[device] ?? [])].flatMap(([metric, window]) => statisticsOf(metric, window));
        return metrics.length === 0
          ? []
          : [{ device: deviceOf(device), windowFrom: now - options.period * options.panes, windowTo: now, metrics }];
      });
      heard.clear();
      for (const windows of devices) for (const window of windows?.values() ?? []) window.turn();
      return found;
    },
  };
}

function statisticsOf(metric: string, window: PaneWindow): MetricStatistics[] {
  const summary = window.summary();
  return summary.count < samplesMin ? [] : [{ metric, ...summary }];
}
