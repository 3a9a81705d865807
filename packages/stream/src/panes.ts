/** Statistics of samples, without the samples. */
export interface Summary {
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  /** Population standard deviation. */
  readonly deviation: number;
}

/**
 * Windows that move pane by pane, all at the same time, each in constant memory whatever its rate. They are rows of a few
 * arrays: the panes that samples go to lie side by side, so that a device's metrics are found together.
 */
export interface PaneTable {
  /** Begins a window, and gives its row. */
  open(): number;
  add(row: number, value: number): void;
  /** The statistics of all panes of the row. */
  summary(row: number): Summary;
  /** Closes the newest pane of every window and drops the oldest. */
  turn(): void;
}

/** A pane: count, mean, sum of squared distances from the mean (Welford), least, greatest. */
const paneSize = 5;
const rowsOfSlab = 1_024;

interface Slab {
  readonly newest: Float64Array;
  /** The closed panes, row by row; `place` in the ring is the same for all. */
  readonly closed: Float64Array;
}

/** Windows of `paneCount` panes each. */
export function paneTable(paneCount: number): PaneTable {
  const slabs: Slab[] = [];
  const closedOfRow = (paneCount - 1) * paneSize;
  let rows = 0;
  /** Where in its row the next pane to be closed goes. */
  let place = 0;

  const emptySlab = (): Slab => {
    const slab = {
      newest: new Float64Array(rowsOfSlab * paneSize),
      closed: new Float64Array(rowsOfSlab * closedOfRow),
    };
    clear(slab.newest);
    clear(slab.closed);
    return slab;
  };

  return {
    open() {
      if (rows % rowsOfSlab === 0) slabs.push(emptySlab());
      return rows++;
    },
    add(row, value) {
      const { newest } = slabs[Math.floor(row / rowsOfSlab)]!;
      const at = (row % rowsOfSlab) * paneSize;
      const count = newest[at]! + 1;
      const distance = value - newest[at + 1]!;
      const mean = newest[at + 1]! + distance / count;
      newest[at] = count;
      newest[at + 1] = mean;
      newest[at + 2] = newest[at + 2]! + distance * (value - mean);
      if (value < newest[at + 3]!) newest[at + 3] = value;
      if (value > newest[at + 4]!) newest[at + 4] = value;
    },
    summary(row) {
      const { newest, closed } = slabs[Math.floor(row / rowsOfSlab)]!;
      let joined = paneAt(newest, (row % rowsOfSlab) * paneSize);
      const first = (row % rowsOfSlab) * closedOfRow;
      for (let at = first; at < first + closedOfRow; at += paneSize) joined = merge(joined, paneAt(closed, at));
      const { count, mean, spread, min, max } = joined;
      return { count, mean, min, max, deviation: count === 0 ? 0 : Math.sqrt(spread / count) };
    },
    turn() {
      for (const { newest, closed } of slabs) {
        for (let row = 0; row < rowsOfSlab && paneCount > 1; row++) {
          const to = row * closedOfRow + place;
          for (let i = 0; i < paneSize; i++) closed[to + i] = newest[row * paneSize + i]!;
        }
        clear(newest);
      }
      if (paneCount > 1) place = (place + paneSize) % closedOfRow;
    },
  };
}

function clear(panes: Float64Array): void {
  panes.fill(0);
  for (let at = 0; at < panes.length; at += paneSize) {
    panes[at + 3] = Infinity;
    panes[at + 4] = -Infinity;
  }
}

interface Pane {
  readonly count: number;
  readonly mean: number;
  readonly spread: number;
  readonly min: number;
  readonly max: number;
}

const paneAt = (panes: Float64Array, at: number): Pane => ({
  count: panes[at]!,
  mean: panes[at + 1]!,
  spread: panes[at + 2]!,
  min: panes[at + 3]!,
  max: panes[at + 4]!,
});

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
