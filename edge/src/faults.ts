import { defineFaults } from '@selvedge/kernel';

export const edgeFaults = defineFaults({
  EDGE_NOT_ENROLLED: {
    retry: 'never',
    hint: 'Ask the cloud for a token (`POST /v1/enrolments`) and give it as link.token (SELVEDGE_EDGE_LINK_TOKEN).',
  },
  EDGE_ENROLMENT_REFUSED: {
    retry: 'never',
    hint: 'A token works for one key and for an hour: ask the cloud for a new one.',
  },
  EDGE_KEY_UNREADABLE: {
    retry: 'never',
    hint: 'Remove the file and ask the cloud for a new token: the node draws another key.',
  },
  EDGE_PORT_TAKEN: {
    retry: 'never',
    hint: 'Stop who holds the port, or choose another by the option that is named above.',
  },
  EDGE_DECODER_UNUSABLE: {
    retry: 'never',
    hint: 'Correct the file that is named; it lies below intake.decoders (SELVEDGE_EDGE_INTAKE_DECODERS). See docs/guide/topics.md.',
  },
  EDGE_CONFIGURATION_UNFIT: {
    retry: 'never',
    hint: 'Correct what is named; `selvedge config edge` lists all settings. See docs/guide/configuration.md.',
  },
  EDGE_CONFIGURATION_STUCK: {
    retry: 'later',
    hint: 'Start the node again; it goes on with the configuration that it was changing to, or with the last good one.',
  },
  EDGE_BACKLOGGED: {
    retry: 'later',
    hint: 'Nothing to do: the node tries the disk again by itself, and whoever was refused sends again.',
  },
  LINK_UNREACHABLE: {
    retry: 'later',
    hint: 'Nothing to do: the edge goes on alone and connects when the cloud can be reached. If it should be up, look at link.url.',
  },
  LINK_REFUSED: {
    retry: 'later',
    hint: 'Look at the cloud log and at `selvedge doctor`: the cloud knows this node differently.',
  },
  BUDGET_FULL: {
    retry: 'later',
    hint: 'The link is slower than what wants to use it: see selvedge link, and what of it can wait.',
  },
  BUDGET_DROPPED: {
    retry: 'later',
    hint: 'It was declared expendable, and the link had no room for it in time: see selvedge link.',
  },
  CREDENTIAL_UNKNOWN: { retry: 'never', hint: 'selvedge credential list tells the ids.' },
  CREDENTIAL_INVALID: {
    retry: 'never',
    hint: 'A name is like a device id: 1 to 128 characters without / + # and control characters; see docs/guide/access.md.',
  },
  CREDENTIALS_FULL: { retry: 'never', hint: 'Revoke what is not used any more: selvedge credential list.' },
  CREDENTIALS_UNREADABLE: {
    retry: 'never',
    hint: 'Restore credentials.json in the data folder from a copy, or remove it and issue credentials anew; nobody is let in meanwhile.',
  },
  OPERATION_INVALID: { retry: 'never', hint: 'docs/guide/access.md tells what each operation takes.' },
  OPERATION_ABSENT: {
    retry: 'never',
    hint: 'Look at what there is: selvedge broker clients, selvedge broker retained.',
  },
});
