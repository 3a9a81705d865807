/** What OSCORE counts. Hand `defineMetrics(oscoreMetrics)` to it as `metrics`. */
export const oscoreMetrics = {
  requests: {
    name: 'coap_oscore_requests_total',
    type: 'counter',
    help: 'Requests that came with an OSCORE option, by what became of them.',
    labels: ['result'],
  },
  responses: {
    name: 'coap_oscore_responses_total',
    type: 'counter',
    help: 'Responses to our OSCORE requests, by what became of them.',
    labels: ['result'],
  },
  silences: {
    name: 'coap_oscore_silences_total',
    type: 'counter',
    help: 'Error responses and challenges not sent, because their rate was used up.',
    labels: ['kind'],
  },
  contexts: { name: 'coap_oscore_contexts', type: 'gauge', help: 'Security contexts in use.', labels: [] },
  saves: {
    name: 'coap_oscore_saves_total',
    type: 'counter',
    help: 'Writes of sequence numbers and replay windows to their store.',
    labels: ['result'],
  },
} as const;
