import type { FaultTable, Retry } from '@selvedge/kernel';
import { markdownTable, page, sections } from './page.ts';
import type { Owned } from './read-tables.ts';

const again: Readonly<Record<Retry, string>> = { now: 'at once', later: 'later', never: 'not without a change' };

export const faultsPage = (owned: readonly Owned<FaultTable>[]): string =>
  page(
    'Faults',
    'Every failure that somebody can act on, by its code. `selvedge fault CODE` tells the same.',
    sections(owned, (tables) => {
      const rows = tables.flatMap((table) => Object.entries(table)).sort(([a], [b]) => (a < b ? -1 : 1));
      return markdownTable(
        ['Code', 'Trying again helps', 'What to do'],
        rows.map(([code, { retry, hint }]) => [`\`${code}\``, again[retry], hint]),
      );
    }),
  );
