import { defineFaults } from '@selvedge/kernel';

export const cliFaults = defineFaults({
  CLI_MISUSED: { retry: 'never', hint: 'selvedge --help' },
  CLOUD_UNREACHABLE: {
    retry: 'later',
    hint: 'Start it with `npm start` or `selvedge start cloud`, or say where it is: --cloud URL, --port-base N.',
  },
  CLOUD_TOKEN_MISSING: {
    retry: 'never',
    hint: 'Give --token, SELVEDGE_TOKEN, or the data folder of the cloud with --data DIR.',
  },
  CLOUD_ANSWER_UNREADABLE: {
    retry: 'later',
    hint: 'Check that the address is that of a Selvedge cloud: selvedge doctor',
  },
  COMMAND_NOT_DONE: { retry: 'never', hint: 'selvedge device show ID tells whether the device is there.' },
  FAULT_UNKNOWN: { retry: 'never', hint: 'selvedge fault lists every code.' },
  UP_UNREACHABLE: { retry: 'later', hint: 'Start it: selvedge up. With another data folder, name it: --data DIR.' },
  UP_RUNNING: {
    retry: 'never',
    hint: 'Use the one that runs, stop it with `selvedge stop all`, or give another folder: --data DIR --port-base N.',
  },
  UP_CHILD_FAILED: { retry: 'later', hint: 'Read its log, then start it again: selvedge start NAME' },
});
