/** Population statistics of one metric in one window. */
export interface MetricStatistics {
  readonly metric: string;
  readonly count: number;
  readonly mean: number;
  readonly min: number;
  readonly max: number;
  readonly deviation: number;
}

/** Windowed statistics of a device, of every metric with at least 10 samples. */
export interface Statistics {
  readonly device: string;
  /** Milliseconds since the Unix epoch; `windowTo` is exclusive. */
  readonly windowFrom: number;
  readonly windowTo: number;
  readonly metrics: readonly MetricStatistics[];
}
