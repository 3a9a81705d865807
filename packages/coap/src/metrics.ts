/** What an endpoint counts. Hand `defineMetrics(coapMetrics)` to it as `metrics`. */
export const coapMetrics = {
  requests: {
    name: 'coap_requests_total',
    type: 'counter',
    help: 'Requests answered by this server.',
    labels: ['method', 'code'],
  },
  duplicates: {
    name: 'coap_duplicates_total',
    type: 'counter',
    help: 'Datagrams that had come before and were not executed again.',
    labels: [],
  },
  malformed: {
    name: 'coap_malformed_total',
    type: 'counter',
    help: 'Messages that are none, or not allowed where they came.',
    labels: ['reason'],
  },
  forgotten: {
    name: 'coap_forgotten_total',
    type: 'counter',
    help: 'Entries of bounded tables that gave way to newer ones.',
    labels: ['table'],
  },
  refused: {
    name: 'coap_refused_total',
    type: 'counter',
    help: 'Requests, bodies, observers and connections turned away at a bound.',
    labels: ['reason'],
  },
  withheld: {
    name: 'coap_withheld_total',
    type: 'counter',
    help: 'Datagrams not sent to a peer whose address is not proven.',
    labels: [],
  },
  retransmissions: {
    name: 'coap_retransmissions_total',
    type: 'counter',
    help: 'Confirmable messages sent again.',
    labels: [],
  },
  unanswered: {
    name: 'coap_unanswered_total',
    type: 'counter',
    help: 'Confirmable messages given up without an acknowledgement.',
    labels: [],
  },
  notifications: {
    name: 'coap_notifications_total',
    type: 'counter',
    help: 'Notifications sent to observers.',
    labels: ['type'],
  },
  coalesced: {
    name: 'coap_coalesced_total',
    type: 'counter',
    help: 'Changes that an observer did not hear of because a newer one came first.',
    labels: [],
  },
  observers: { name: 'coap_observers', type: 'gauge', help: 'Observers of resources here.', labels: [] },
  peers: { name: 'coap_peers', type: 'gauge', help: 'Datagram peers remembered.', labels: [] },
  connections: {
    name: 'coap_connections',
    type: 'gauge',
    help: 'Connections open, taken and made.',
    labels: ['transport'],
  },
} as const;
