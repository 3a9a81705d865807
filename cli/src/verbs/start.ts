import { dataOption } from '../arguments.ts';
import { childNames } from '../engines/supervisor/supervisor.ts';
import { changeChild } from '../up/change-child.ts';
import type { Verb } from '../verb.ts';

export const start: Verb = {
  path: ['start'],
  summary: 'Start a part that was stopped, while `selvedge up` runs.',
  arguments: [{ name: 'NAME', doc: 'Which part.', choices: childNames }],
  options: { data: dataOption },
  examples: ['selvedge start cloud', 'selvedge start edge --port-base 22000'],
  talks: false,
  run: (context) => changeChild('start', context),
};
