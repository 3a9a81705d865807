import { type MetricStatistics, type Shape, type Statistics, valueKind } from '@selvedge/protocol';
import { paneTable, type Summary } from '@selvedge/stream';
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

/** What is known of one device: the rows of its metrics, and those of the shape that it sent last, slot by slot. */
interface Heard {
  readonly rows: Map<string, number>;
  shape: Shape | undefined;
  slots: readonly number[];
  /** It was heard in this period. */
  now: boolean;
}

/** A slot that has no statistics: a switch, a text, or a metric beyond the bound. */
const none = -1;

/** Collects windowed statistics of every numeric metric of every device, in constant memory per metric. */
export function collector(options: StatisticsOptions): Collector {
  const windows = paneTable(options.panes);
  const devices: (Heard | undefined)[] = [];
  let heard: number[] = [];
  let metricCount = 0;

  const rowOf = (rows: Map<string, number>, metric: string): number => {
    let row = rows.get(metric);
    if (row === undefined) {
      if (metricCount === options.metricsMax) return none;
      rows.set(metric, (row = windows.open()));
      metricCount += 1;
    }
    return row;
  };

  const slotsOf = (shape: Shape, rows: Map<string, number>): number[] =>
    shape.names.map((name, slot) => (shape.kinds[slot] === valueKind.number ? rowOf(rows, name) : none));

  const hear = (device: number): Heard => {
    const known = (devices[device] ??= { rows: new Map(), shape: undefined, slots: [], now: false });
    if (!known.now) {
      known.now = true;
      heard.push(device);
    }
    return known;
  };

  return {
    collect(columns, from, to) {
      for (let row = from; row < to; row++) {
        const known = hear(columns.device[row]!);
        const shape = columns.shape[row]!;
        if (known.shape !== shape) {
          known.shape = shape;
          known.slots = slotsOf(shape, known.rows);
        }
        const { slots } = known;
        const at = columns.valueAt[row]!;
        for (let i = 0; i < slots.length; i++) if (slots[i] !== none) windows.add(slots[i]!, columns.numbers[at + i]!);
      }
    },
    turn(now, deviceOf) {
      const found = heard.flatMap((device) => {
        const metrics = [...devices[device]!.rows].flatMap(([metric, row]) =>
          statisticsOf(metric, windows.summary(row)),
        );
        return metrics.length === 0
          ? []
          : [{ device: deviceOf(device), windowFrom: now - options.period * options.panes, windowTo: now, metrics }];
      });
      for (const device of heard) devices[device]!.now = false;
      heard = [];
      windows.turn();
      return found;
    },
  };
}

const statisticsOf = (metric: string, summary: Summary): MetricStatistics[] =>
  summary.count < samplesMin ? [] : [{ metric, ...summary }];
