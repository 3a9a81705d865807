/** Statistics of samples, without the samples. */
export interface Summary {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** Population standard deviation. */
  readonly deviation: number;
}

/** One slice of a window that moves slice by slice. */
interface Pane {
  count: number;
  mean: number;
  /** Sum of squared distances from the mean (Welford). */
  spread: number;
  min: number;
  max: number;
}

const emptyPane = (): Pane => ({ count: 0, mean: 0, spread: 0, min: Infinity, max: -Infinity });

/** Statistics over the last `paneCount` panes: constant memory, whatever the rate. */
export interface PaneWindow {
  add(value: number): void;
  /** The statistics of all panes. */
  summary(): Summary;
  /** Closes the newest pane and drops the oldest. */
  turn(): void;
}

export function paneWindow(paneCount: number): PaneWindow {
  const panes: Pane[] = [emptyPane()];
  let newest = panes[0]!;
  return {
    add(value) {
      const pane = newest;
      pane.count += 1;
      const distance = value - pane.mean;
      pane.mean += distance / pane.count;
      pane.spread += distance * (value - pane.mean);
      if (value < pane.min) pane.min = value;
      if (value > pane.max) pane.max = value;
    },
    summary() {
      const { count, mean, spread, min, max } = panes.reduce(merge, emptyPane());
      return { count, mean, min, max, deviation: count === 0 ? 0 : Math.sqrt(spread / count) };
    },
    turn() {
      newest = emptyPane();
      panes.push(newest);
      if (panes.length > paneCount) panes.shift();
    },
  };
}

/** Chan's parallel variance: joins two summaries without their samples. */
function merge(left: Pane, right: Pane): Pane {
  const count = left.count + right.count;
  if (count === 0) return left;
  const distance = right.mean - left.mean;
  return {
    count,
    mean: left.mean + (distance * right.count) / count,
    spread: left.spread + right.spread + (distance * distance * left.count * right.count) / count,
    min: Math.min(left.min, right.min),
    max: Math.max(left.max, right.max),
  };
}
