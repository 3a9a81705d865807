export const configurationMetrics = {
  version: {
    name: 'edge_configuration_version',
    type: 'gauge',
    help: 'Version of the configuration that the node runs with; 0 is what the machine itself says.',
    labels: [],
  },
  onTrial: {
    name: 'edge_configuration_on_trial',
    type: 'gauge',
    help: '1 while the node runs with a configuration that is not confirmed.',
    labels: [],
  },
  changes: {
    name: 'edge_configuration_changes_total',
    type: 'counter',
    help: 'What became of configurations of the cloud, by phase.',
    labels: ['phase'],
  },
  unkept: {
    name: 'edge_configuration_unkept_total',
    type: 'counter',
    help: 'Steps that the disk refused to keep; those that lead onward are not done then.',
    labels: [],
  },
} as const;
