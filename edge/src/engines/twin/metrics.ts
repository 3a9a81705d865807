export const twinMetrics = {
  twins: { name: 'edge_twins', type: 'gauge', help: 'Devices whose twin is kept here.', labels: [] },
  bytes: { name: 'edge_twins_size_bytes', type: 'gauge', help: 'Memory of the twins, as JSON.', labels: [] },
  edits: {
    name: 'edge_twin_edits_total',
    type: 'counter',
    help: 'Changes of twins that were journaled, by where they came from.',
    labels: ['from'],
  },
  conflicts: {
    name: 'edge_twin_conflicts_total',
    type: 'counter',
    help: 'Pairs of edits that crossed, as noticed here, by the policy that decided.',
    labels: ['policy'],
  },
  clamped: {
    name: 'edge_twin_stamps_clamped_total',
    type: 'counter',
    help: 'Edits of the cloud whose clock was too far ahead of this one.',
    labels: [],
  },
  refused: {
    name: 'edge_twin_refused_total',
    type: 'counter',
    help: 'Edits and frames that were not taken.',
    labels: ['why'],
  },
  syncs: {
    name: 'edge_twin_syncs_total',
    type: 'counter',
    help: 'Comparisons with the cloud that were begun, and those in which something differed.',
    labels: ['step'],
  },
} as const;
