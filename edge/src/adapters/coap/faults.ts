import { defineFaults } from '@selvedge/kernel';

export const coapDoorFaults = defineFaults({
  COAP_INVALID: {
    retry: 'never',
    hint: 'The diagnostic payload says what; docs/guide/coap.md describes every resource.',
  },
  COAP_UNAUTHORIZED: {
    retry: 'never',
    hint: 'Come with an OSCORE context of this node or a client certificate; without either only from this machine.',
  },
  COAP_FORBIDDEN: { retry: 'never', hint: 'Ask the operator of this node to permit it: access.devices.' },
  COAP_READING_UNKNOWN: {
    retry: 'never',
    hint: 'Nothing durable is known of this device since the last start; it will be when it reports.',
  },
  COAP_STARTING: { retry: 'later', hint: 'Ask again after Max-Age seconds; readings are taken meanwhile.' },
  COAP_COMMAND_UNKNOWN: { retry: 'never', hint: 'A command is remembered until ten minutes after its expiry.' },
  COAP_COMMANDS_TAKEN: {
    retry: 'never',
    hint: 'Another client has begun to observe the commands of this device; only the newest gets them.',
  },
  COAP_FORMAT_UNFIT: { retry: 'never', hint: 'Ask for JSON or CBOR: SenML cannot say these names.' },
  COAP_UNFIT: {
    retry: 'never',
    hint: 'It is kept in quarantine, so do not send it again; correct what the diagnostic payload says.',
  },
  COAP_LIMITED: { retry: 'later', hint: 'Too many attempts from this address have failed: wait.' },
  COAP_GATE_BUSY: { retry: 'later', hint: 'Wait for Max-Age seconds, then send the same again.' },
  COAP_PLAIN_REFUSED: {
    retry: 'never',
    hint: 'Give each device an OSCORE context (docs/guide/coap.md), use coap.tls, or allow plain requests by coap.plain.',
  },
  COAP_TLS_FILE_UNREADABLE: {
    retry: 'never',
    hint: 'Correct the path in actuators, or let the node read that file; certificate and key come together.',
  },
  COAP_SECRETS_INVALID: {
    retry: 'never',
    hint: 'Correct oscore.json in the data folder as docs/guide/coap.md shows; nobody is let in by OSCORE meanwhile.',
  },
});
