/** `bridge` is a name from the configuration, `direction` is in, out, or readings for those that go out from the journal. */
export const bridgeMetrics = {
  forwarded: {
    name: 'edge_bridge_messages_total',
    type: 'counter',
    help: 'Messages that the broker they went to has acknowledged.',
    labels: ['bridge', 'direction'],
  },
  dropped: {
    name: 'edge_bridge_dropped_total',
    type: 'counter',
    help: 'Messages that did not cross, by reason.',
    labels: ['bridge', 'direction', 'reason'],
  },
  connected: {
    name: 'edge_bridge_connected',
    type: 'gauge',
    help: '1 while that direction is connected at both ends.',
    labels: ['bridge', 'direction'],
  },
  inFlight: {
    name: 'edge_bridge_inflight_messages',
    type: 'gauge',
    help: 'Messages on their way, unacknowledged.',
    labels: ['bridge', 'direction'],
  },
  lost: {
    name: 'edge_bridge_lost_total',
    type: 'counter',
    help: 'Connections that ended by themselves.',
    labels: ['bridge', 'direction'],
  },
  sessionsLost: {
    name: 'edge_bridge_sessions_lost_total',
    type: 'counter',
    help: 'Times a broker had not kept the session, and perhaps what waited in it.',
    labels: ['bridge', 'direction'],
  },
  behind: {
    name: 'edge_bridge_behind_records',
    type: 'gauge',
    help: 'Records of the journal that the bridge has not passed, readings that go out among them.',
    labels: ['bridge'],
  },
  echoesForgotten: {
    name: 'edge_bridge_echoes_forgotten_total',
    type: 'counter',
    help: 'Messages to an MQTT 3.1.1 broker forgotten before their echo came.',
    labels: ['bridge'],
  },
} as const;
