/** What the CoAP door counts besides what the endpoint does. */
export const coapDoorMetrics = {
  watchers: {
    name: 'edge_coap_command_observers',
    type: 'gauge',
    help: 'Devices that observe their commands over CoAP.',
    labels: [],
  },
  refusals: {
    name: 'edge_coap_refusals_total',
    type: 'counter',
    help: 'Requests that were answered with an error, by its code.',
    labels: ['code'],
  },
} as const;
