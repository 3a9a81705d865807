import { childNames } from '../engines/supervisor/supervisor.ts';
import { changeChild } from '../up/change-child.ts';
import type { Verb } from '../verb.ts';

export const start: Verb = {
  path: ['start'],
  summary: 'Start a part that was stopped, while `selvedge up` runs.',
  arguments: [{ name: 'NAME', doc: 'Which part.', choices: childNames }],
  options: {
    data: {
      kind: 'text',
      value: 'DIR',
      doc: 'Data folder of that `up`; else SELVEDGE_DATA, else `data` in the checkout.',
    },
  },
  examples: ['selvedge start cloud'],
  talks: false,
  run: (context) => changeChild('start', context),
};
