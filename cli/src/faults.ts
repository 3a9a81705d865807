import { defineFaults } from '@selvedge/kernel';

export const cliFaults = defineFaults({
  CLI_MISUSED: { retry: 'never', hint: 'selvedge --help' },
  CLOUD_UNREACHABLE: {
    retry: 'later',
    hint: 'Start it with `npm start` or `selvedge start cloud`, or say where it is: --cloud URL, --port-base N.',
  },
  CLOUD_TOKEN_MISSING: {
    retry: 'never',
    hint: 'Give --token, SELVEDGE_TOKEN, the port of a running `selvedge up` with --port-base N, or its folder with --data DIR.',
  },
  CLOUD_ANSWER_UNREADABLE: {
    retry: 'later',
    hint: 'Check that the address is that of a Selvedge cloud: selvedge doctor',
  },
  OPERATIONS_UNREACHABLE: {
    retry: 'later',
    hint: 'Start it with `npm start` or `selvedge edge`, or say where it is: --edge URL, --port-base N.',
  },
  EDGE_TOKEN_MISSING: {
    retry: 'never',
    hint: 'Give --token, or --data DIR with the folder in which edge/operator.token lies.',
  },
  EDGE_ANSWER_UNREADABLE: { retry: 'later', hint: 'Check that the address is that of an edge node: --edge URL' },
  COMMAND_NOT_DONE: { retry: 'never', hint: 'selvedge device show ID tells whether the device is there.' },
  CONFIGURATION_NOT_CONFIRMED: {
    retry: 'never',
    hint: 'The node goes on with the last good one; selvedge configuration show NODE tells what there is.',
  },
  SAGA_NOT_DONE: { retry: 'never', hint: 'selvedge saga show ID tells what was done and undone.' },
  FAULT_UNKNOWN: { retry: 'never', hint: 'selvedge fault lists every code.' },
  UP_UNREACHABLE: {
    retry: 'later',
    hint: 'Start it: selvedge up. If it runs elsewhere, say where: --port-base N, or --data DIR.',
  },
  UP_RUNNING: {
    retry: 'never',
    hint: 'Use the one that runs, stop it with `selvedge stop all`, or give another folder: --data DIR --port-base N.',
  },
  BACKUP_REFUSED: { retry: 'never', hint: 'Give the folder that the message asks for: selvedge backup --help' },
  BACKUP_UNSOUND: {
    retry: 'never',
    hint: 'Keep the original, look at its disk, and ask what it lacks: selvedge audit',
  },
  BACKUP_INVALID: { retry: 'never', hint: 'Give a folder that `selvedge backup` wrote whole; this one is damaged.' },
  MIGRATE_REFUSED: { retry: 'never', hint: 'Stop the tier, and see what it has: selvedge migrate' },
  MIGRATE_BARRED: { retry: 'never', hint: 'Stay on this version, or put back a backup that the older version wrote.' },
  MIGRATE_LOSES: {
    retry: 'never',
    hint: 'Take a backup first (selvedge backup); then say that it may go: selvedge migrate --tier edge --to N --lose',
  },
  UP_CHILD_FAILED: { retry: 'later', hint: 'Read its log, then start it again: selvedge start NAME' },
});
