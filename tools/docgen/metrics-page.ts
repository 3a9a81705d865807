import type { MetricTable } from '@selvedge/kernel';
import { markdownTable, page, sections } from './page.ts';
import type { Owned } from './read-tables.ts';

export const metricsPage = (owned: readonly Owned<MetricTable>[]): string =>
  page(
    'Metrics',
    'What `/metrics` exposes in the Prometheus text format. Labels are bounded: never a device.',
    sections(owned, (tables) => {
      const rows = tables.flatMap((table) => Object.values(table)).sort((a, b) => (a.name < b.name ? -1 : 1));
      return markdownTable(
        ['Name', 'Type', 'Labels', 'Meaning'],
        rows.map(({ name, type, labels, help }) => [
          `\`${name}\``,
          type,
          labels.map((label) => `\`${label}\``).join(', '),
          help,
        ]),
      );
    }),
  );
