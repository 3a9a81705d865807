export interface MetricRow {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** Bounded sets only, never a device id. */
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, in the unit the name ends with. */
  readonly buckets?: readonly number[];
}

export type MetricTable = Readonly<Record<string, MetricRow>>;

/** One declared metric, ready to count. `labels` are values in the table's order. */
export interface Meter {
  add(amount: number, ...labels: readonly string[]): void;
  set(value: number, ...labels: readonly string[]): void;
  observe(value: number, ...labels: readonly string[]): void;
  value(...labels: readonly string[]): number;
}

export type Metrics<Table extends MetricTable> = { readonly [Key in keyof Table]: Meter } & {
  /** The whole table in the Prometheus text format 0.0.4. */
  readonly expose: () => string;
};

interface Series {
  readonly labels: readonly string[];
  value: number;
  count: number;
  readonly counts: number[];
}

/** Builds a counter, gauge or histogram in memory for every row of the table. */
export function defineMetrics<const Table extends MetricTable>(table: Table): Metrics<Table> {
  const rows = Object.entries(table).map(([key, row]) => ({ key, row, series: new Map<string, Series>() }));
  const meters = Object.fromEntries(rows.map(({ key, row, series }) => [key, meter(row, series)]));
  const expose = (): string => rows.map(({ row, series }) => exposeRow(row, series)).join('');
  return { ...meters, expose } as Metrics<Table>;
}

function meter(row: MetricRow, all: Map<string, Series>): Meter {
  const series = (labels: readonly string[]): Series => {
    const key = labels.length === 1 ? labels[0]! : labels.join('\u0000');
    let one = all.get(key);
    if (!one) {
      if (labels.length !== row.labels.length) {
        throw new TypeError(
          `${row.name} has the labels [${row.labels.join(', ')}], given were ${labels.length} values`,
        );
      }
      all.set(key, (one = { labels, value: 0, count: 0, counts: (row.buckets ?? []).map(() => 0) }));
    }
    return one;
  };
  // What has no labels is exposed as 0 from the start, so that a rate sees its first increment.
  if (row.labels.length === 0) series([]);
  return {
    add: (amount, ...labels) => void (series(labels).value += amount),
    set: (value, ...labels) => void (series(labels).value = value),
    observe(value, ...labels) {
      const one = series(labels);
      one.value += value;
      one.count += 1;
      const index = row.buckets?.findIndex((bound) => value <= bound) ?? -1;
      if (index >= 0) one.counts[index]! += 1;
    },
    value: (...labels) => all.get(labels.join('\u0000'))?.value ?? 0,
  };
}

function exposeRow(row: MetricRow, all: ReadonlyMap<string, Series>): string {
  const lines = [`# HELP ${row.name} ${escapeText(row.help)}`, `# TYPE ${row.name} ${row.type}`];
  for (const one of all.values()) {
    const labels = row.labels.map(
      (name, index) => `${name}="${escapeText(one.labels[index]!).replaceAll('"', '\\"')}"`,
    );
    if (row.type !== 'histogram') {
      lines.push(`${row.name}${braces(labels)} ${one.value}`);
      continue;
    }
    let below = 0;
    row.buckets?.forEach((bound, index) => {
      below += one.counts[index]!;
      lines.push(`${row.name}_bucket${braces([...labels, `le="${bound}"`])} ${below}`);
    });
    lines.push(`${row.name}_bucket${braces([...labels, 'le="+Inf"'])} ${one.count}`);
    lines.push(`${row.name}_sum${braces(labels)} ${one.value}`, `${row.name}_count${braces(labels)} ${one.count}`);
  }
  return `${lines.join('\n')}\n`;
}

const braces = (labels: readonly string[]): string => (labels.length === 0 ? '' : `{${labels.join(',')}}`);

/** The format knows three escapes: backslash and line feed everywhere, the quote in label values. */
const escapeText = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
