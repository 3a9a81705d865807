export const routeMetrics = {
  routed: {
    name: 'edge_routed_readings_total',
    type: 'counter',
    help: 'Readings that policies have decided on, by what was decided.',
    labels: ['action'],
  },
} as const;
