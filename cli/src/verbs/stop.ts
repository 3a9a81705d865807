import { dataOption } from '../arguments.ts';
import { childNames } from '../engines/supervisor/supervisor.ts';
import { changeChild } from '../up/change-child.ts';
import type { Verb } from '../verb.ts';

export const stop: Verb = {
  path: ['stop'],
  summary: 'Stop a part, or all, while `selvedge up` runs.',
  arguments: [{ name: 'NAME', doc: 'Which part.', choices: [...childNames, 'all'] }],
  options: { data: dataOption },
  examples: ['selvedge stop cloud', 'selvedge stop edge --port-base 22000', 'selvedge stop all'],
  talks: false,
  run: (context) => changeChild('stop', context),
};
