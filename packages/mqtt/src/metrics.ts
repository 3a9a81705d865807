/** What the broker counts. Hand `defineMetrics(mqttMetrics)` to it as `metrics`. */
export const mqttMetrics = {
  publishes: {
    name: 'mqtt_publishes_total',
    type: 'counter',
    help: 'PUBLISH packets taken from clients.',
    labels: ['qos'],
  },
  publishedBytes: {
    name: 'mqtt_published_bytes_total',
    type: 'counter',
    help: 'Bytes of PUBLISH packets taken from clients.',
    labels: [],
  },
  deliveries: {
    name: 'mqtt_deliveries_total',
    type: 'counter',
    help: 'PUBLISH packets sent to clients.',
    labels: ['qos'],
  },
  refused: {
    name: 'mqtt_refused_total',
    type: 'counter',
    help: 'Publishes of clients not accepted.',
    labels: ['reason'],
  },
  dropped: {
    name: 'mqtt_dropped_total',
    type: 'counter',
    help: 'Messages that a client did not get.',
    labels: ['reason'],
  },
  malformed: {
    name: 'mqtt_malformed_total',
    type: 'counter',
    help: 'Connections closed for what they sent.',
    labels: ['reason'],
  },
  connects: { name: 'mqtt_connects_total', type: 'counter', help: 'CONNECT packets answered.', labels: ['reason'] },
  disconnects: { name: 'mqtt_disconnects_total', type: 'counter', help: 'Clients that left.', labels: ['reason'] },
  clients: { name: 'mqtt_clients', type: 'gauge', help: 'Connected clients.', labels: [] },
  sessions: { name: 'mqtt_sessions', type: 'gauge', help: 'Sessions, connected or kept.', labels: [] },
  retained: { name: 'mqtt_retained_messages', type: 'gauge', help: 'Retained messages.', labels: [] },
  queuedBytes: {
    name: 'mqtt_queued_bytes',
    type: 'gauge',
    help: 'Payload bytes in memory queued for all sessions.',
    labels: [],
  },
  assemblingBytes: {
    name: 'mqtt_assembling_bytes',
    type: 'gauge',
    help: 'Memory promised to large packets that have not come whole.',
    labels: [],
  },
  assemblyWaits: {
    name: 'mqtt_assembly_waits_total',
    type: 'counter',
    help: 'Large packets that had to wait for that memory.',
    labels: [],
  },
  spooledBytes: { name: 'mqtt_spooled_bytes', type: 'gauge', help: 'Payload bytes in the spool.', labels: [] },
} as const;
