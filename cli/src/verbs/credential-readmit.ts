import { edgeAt, edgeOptions } from '../edge-at.ts';
import type { Verb } from '../verb.ts';

export const credentialReadmit: Verb = {
  path: ['credential', 'readmit'],
  summary:
    'Let certificates of a holder count again that are valid from a time after it was barred, and OSCORE contexts.',
  arguments: [
    { name: 'HOLDER', doc: 'What it is.', choices: ['device', 'application', 'operator'] },
    { name: 'NAME', doc: 'Its id or name.' },
  ],
  options: edgeOptions,
  examples: ['selvedge credential readmit device pump-7'],
  talks: false,
  async run(context) {
    const [holder, name] = [context.given.argument('HOLDER')!, context.given.argument('NAME')!];
    await edgeAt(context).post(`/v1/credentials/${holder}/${encodeURIComponent(name)}/readmission`);
    context.answer({ holder, name, readmitted: true }, `${holder} ${name} is readmitted.\n`);
    return undefined;
  },
};
