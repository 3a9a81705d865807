import { defineFaults } from '@selvedge/kernel';

export const trustFaults = defineFaults({
  TRUST_NAME_FORBIDDEN: {
    retry: 'never',
    hint: 'The authority may only certify names it was created with: use one of those, or create a new authority and enrol the nodes again.',
  },
  TRUST_NODE_INVALID: {
    retry: 'never',
    hint: 'A node id has 1 to 64 letters, digits, dots, dashes or underscores, and begins and ends with a letter or digit.',
  },
  TRUST_KEYS_DAMAGED: {
    retry: 'never',
    hint: 'Restore certificate and key together from a backup; without them every node must enrol again.',
  },
  TRUST_KEY_EXPOSED: { retry: 'never', hint: 'Let only its owner read the key: chmod 600 on the file named above.' },
});
