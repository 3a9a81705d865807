/** What the HTTP door counts. Routes are patterns, so their number is bounded. */
export const httpMetrics = {
  requests: {
    name: 'edge_http_requests_total',
    type: 'counter',
    help: 'Requests answered, by route and status.',
    labels: ['route', 'status'],
  },
  rejected: {
    name: 'edge_http_rejected_total',
    type: 'counter',
    help: 'What was turned away before it was a request: connections, heads that are none, and pipelines that are too long.',
    labels: ['why'],
  },
  bodyBytes: {
    name: 'edge_http_body_bytes_total',
    type: 'counter',
    help: 'Bytes of readings in bodies, inflated.',
    labels: [],
  },
  connections: { name: 'edge_http_connections', type: 'gauge', help: 'Connections that are open.', labels: [] },
  listeners: {
    name: 'edge_http_listeners',
    type: 'gauge',
    help: 'Devices that wait for commands over HTTP.',
    labels: [],
  },
} as const;
