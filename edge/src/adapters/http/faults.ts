import { defineFaults } from '@selvedge/kernel';

export const httpFaults = defineFaults({
  HTTP_INVALID: { retry: 'never', hint: 'The detail says what; GET /openapi.json describes every request.' },
  HTTP_UNAUTHORIZED: {
    retry: 'never',
    hint: 'Send `Authorization: Bearer TOKEN`, or Basic with user and password; `selvedge credential add` issues them.',
  },
  HTTP_FORBIDDEN: { retry: 'never', hint: 'Ask the operator of this node for a credential that may do this.' },
  HTTP_FOREIGN_PAGE: {
    retry: 'never',
    hint: 'Without a credential no web page may speak to this node: send one, and reach the node by its address or as localhost.',
  },
  HTTP_PATH_UNKNOWN: { retry: 'never', hint: 'GET /openapi.json lists the paths.' },
  HTTP_METHOD_UNKNOWN: { retry: 'never', hint: 'The header Allow lists the methods of this path.' },
  HTTP_COMMAND_UNKNOWN: { retry: 'never', hint: 'A command is remembered until ten minutes after its expiry.' },
  HTTP_TWIN_UNKNOWN: { retry: 'later', hint: 'A twin appears with its first edit, at the node or in the cloud.' },
  HTTP_TIMEOUT: { retry: 'later', hint: 'Send a request without pauses, or in smaller ones.' },
  HTTP_KEY_BUSY: { retry: 'later', hint: 'A request under this key is under way: wait for its answer.' },
  HTTP_BODY_TOO_LARGE: { retry: 'never', hint: 'Send fewer readings at a time, or raise http.bodyMax.' },
  HTTP_PAYLOAD_TOO_LARGE: {
    retry: 'never',
    hint: 'Send this many readings as NDJSON or as a list, which may be long, or raise intake.payloadMax.',
  },
  HTTP_MEDIA_UNKNOWN: {
    retry: 'never',
    hint: 'Send application/json, application/x-ndjson, application/cbor, application/senml+json or application/senml+cbor.',
  },
  HTTP_CODING_UNKNOWN: { retry: 'never', hint: 'Send the body as it is, or with one coding: gzip or zstd.' },
  HTTP_UNFIT: {
    retry: 'never',
    hint: 'It is kept in quarantine, so do not send it again; correct what the detail says.',
  },
  HTTP_HEAD_TOO_LARGE: { retry: 'never', hint: 'Send shorter headers.' },
  HTTP_LIMITED: { retry: 'later', hint: 'Too many attempts from this address have failed: wait.' },
  HTTP_BUSY: { retry: 'later', hint: 'Wait for the seconds that Retry-After says, then send the same again.' },
  HTTP_BROKEN: { retry: 'later', hint: 'Look at the log of the node: http.request_failed.' },
});
