export const latestMetrics = {
  kept: {
    name: 'edge_last_readings',
    type: 'gauge',
    help: 'Devices whose last reading is kept in memory.',
    labels: [],
  },
  forgotten: {
    name: 'edge_last_readings_forgotten_total',
    type: 'counter',
    help: 'Devices whose last reading gave way to that of others.',
    labels: [],
  },
} as const;
