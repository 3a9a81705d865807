import { defineFaults } from '../fault.ts';

export const configFaults = defineFaults({
  CONFIG_INVALID: { retry: 'never', hint: 'Correct every line above; `selvedge config --help` lists the settings.' },
});
