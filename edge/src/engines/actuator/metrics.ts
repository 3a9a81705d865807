export const actuatorMetrics = {
  calls: {
    name: 'edge_actuator_calls_total',
    type: 'counter',
    help: 'Commands for actuators that are over, by how they ended.',
    labels: ['outcome'],
  },
  underWay: {
    name: 'edge_actuator_calls_under_way',
    type: 'gauge',
    help: 'Actuators that are being called.',
    labels: [],
  },
} as const;
