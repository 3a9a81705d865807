import { defineFaults } from '@selvedge/kernel';

export const oscoreFaults = defineFaults({
  COAP_OSCORE_CONTEXT_INVALID: {
    retry: 'never',
    hint: 'Give a master secret of at least 16 bytes, two different ids that fit the algorithm, and a window of 8 to 1024.',
  },
  COAP_OSCORE_CONTEXT_TAKEN: {
    retry: 'never',
    hint: 'Remove the other context first, or give this one its own recipient id, ID context, or sender id.',
  },
  COAP_OSCORE_CONTEXTS_FULL: { retry: 'later', hint: 'Remove contexts that are not used, or raise `contextsMax`.' },
  COAP_OSCORE_CONTEXT_UNKNOWN: { retry: 'never', hint: 'Add the context before it is used; it may have been removed.' },
  COAP_OSCORE_SEQUENCE_EXHAUSTED: {
    retry: 'never',
    hint: 'Give both sides a new master secret: every sequence number of this one has been used.',
  },
  COAP_OSCORE_STATE_MISSING: {
    retry: 'never',
    hint: 'Bring the state back where it was kept, or give both sides a new master secret; numbers must not be used twice.',
  },
  COAP_OSCORE_STATE_DAMAGED: {
    retry: 'never',
    hint: 'Give both sides a new master secret; which sequence numbers were used cannot be told any more.',
  },
  COAP_OSCORE_STATE_FAILED: {
    retry: 'later',
    hint: 'Look at the disk that keeps the OSCORE state, its room and its rights.',
  },
  COAP_OSCORE_MESSAGE_INVALID: {
    retry: 'never',
    hint: 'Send a message without an OSCORE option, with an absolute Proxy-Uri, in blocks if it is long.',
  },
});
