import { faultTable } from '../fault-table.ts';
import { cliFaults } from '../faults.ts';
import { alignColumns, table } from '../text/columns.ts';
import type { Verb } from '../verb.ts';

const retryText = {
  now: 'at once',
  later: 'after a while',
  never: 'only after something was changed',
} as const;

export const fault: Verb = {
  path: ['fault'],
  summary: 'Say what a fault code means and what to do.',
  arguments: [{ name: 'CODE', doc: 'The code, such as JOURNAL_FULL; without it all are listed.', optional: true }],
  options: {},
  examples: ['selvedge fault JOURNAL_FULL', 'selvedge fault'],
  talks: false,
  async run({ given, answer }) {
    const code = given.argument('CODE')?.toUpperCase();
    const all = await faultTable();
    if (code === undefined) {
      const rows = all.map((row) => [row.code, row.part, row.retry, row.hint]);
      answer({ faults: all }, table(['code', 'part', 'retry', 'hint'], rows, 'There are no faults.'));
      return undefined;
    }
    const found = all.filter((row) => row.code === code);
    if (found.length === 0) throw cliFaults('FAULT_UNKNOWN', `no part of Selvedge has a fault ${code}`);
    const text = found.map(({ part, retry, hint }) =>
      alignColumns([
        ['code', code],
        ['part', part],
        ['try again', retryText[retry]],
        ['what to do', hint],
      ]),
    );
    answer(found.length === 1 ? found[0] : { faults: found }, text.join('\n'));
    return undefined;
  },
};
