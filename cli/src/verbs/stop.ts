import { childNames } from '../engines/supervisor/supervisor.ts';
import { changeChild } from '../up/change-child.ts';
import type { Verb } from '../verb.ts';

export const stop: Verb = {
  path: ['stop'],
  summary: 'Stop a part, or all, while `selvedge up` runs.',
  arguments: [{ name: 'NAME', doc: 'Which part.', choices: [...childNames, 'all'] }],
  options: {
    data: {
      kind: 'text',
      value: 'DIR',
      doc: 'Data folder of that `up`; else SELVEDGE_DATA, else `data` in the checkout.',
    },
  },
  examples: ['selvedge stop cloud', 'selvedge stop all'],
  talks: false,
  run: (context) => changeChild('stop', context),
};
