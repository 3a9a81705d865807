export const foldMetrics = {
  folded: {
    name: 'edge_folded_readings_total',
    type: 'counter',
    help: 'Readings kept at the site by a policy that folds them.',
    labels: [],
  },
  withheld: {
    name: 'edge_withheld_readings_total',
    type: 'counter',
    help: 'Readings kept at the site because they are private or a policy sends nothing.',
    labels: [],
  },
  redacted: {
    name: 'edge_redacted_readings_total',
    type: 'counter',
    help: 'Readings derived without their private values.',
    labels: [],
  },
  aggregates: {
    name: 'edge_aggregates_total',
    type: 'counter',
    help: 'Aggregates told in place of folded readings.',
    labels: [],
  },
  closings: { name: 'edge_closings_total', type: 'counter', help: 'Times the books were closed.', labels: [] },
  stalls: {
    name: 'edge_books_stalls_total',
    type: 'counter',
    help: 'Times the books fell behind because derived records waited for the disk.',
    labels: [],
  },
} as const;
