import { defineFaults } from '@selvedge/kernel';

export const coapFaults = defineFaults({
  COAP_PORT_TAKEN: {
    retry: 'later',
    hint: "See who holds the port with `ss -lnp 'sport = :PORT'`, stop it, or listen at another one.",
  },
  COAP_LISTEN_FAILED: {
    retry: 'never',
    hint: 'Listen at an address of this machine, and at a port this user may open.',
  },
  COAP_URL_INVALID: {
    retry: 'never',
    hint: 'Write coap://host/path, coap+tcp://host/path or coaps+tcp://host/path; coaps (DTLS) needs a terminator in front.',
  },
  COAP_REQUEST_INVALID: {
    retry: 'never',
    hint: 'Keep path and query segments within 255 bytes and options within theirs.',
  },
  COAP_NO_TRANSPORT: { retry: 'never', hint: 'Give the endpoint a transport for this kind of URL.' },
  COAP_NAME_UNKNOWN: { retry: 'later', hint: 'Check the host name, and the name service of this machine.' },
  COAP_UNREACHABLE: { retry: 'later', hint: 'Check that the peer runs and that nothing on the way blocks its port.' },
  COAP_TIMEOUT: { retry: 'later', hint: 'Check that the peer runs and that nothing on the way blocks its port.' },
  COAP_RESET: { retry: 'never', hint: 'The peer does not take this message; check what it serves.' },
  COAP_BUSY: { retry: 'later', hint: 'Wait for requests under way, or raise `queuedMax` and `nstart`.' },
  COAP_CLOSED: {
    retry: 'later',
    hint: 'The connection ended before its answer came; a request may have been executed.',
  },
  COAP_RESPONSE_INVALID: { retry: 'never', hint: 'The peer broke the protocol; read the message for how.' },
  COAP_RESPONSE_TOO_LARGE: { retry: 'never', hint: 'Raise `bodySizeMax`, or ask for less.' },
  COAP_CHANGED: { retry: 'now', hint: 'The resource changed while its blocks were fetched; ask again.' },
  COAP_NOT_OBSERVABLE: { retry: 'never', hint: 'The resource cannot be observed; request it instead.' },
  COAP_STOPPED: { retry: 'never', hint: 'Build a new endpoint; one that was stopped does not start again.' },
});
