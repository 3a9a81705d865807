export const timeMetrics = {
  corrections: {
    name: 'edge_clock_corrections_total',
    type: 'counter',
    help: 'Runs of offsets timed in doubt of which was told whether the clock was right, wrong, or nobody can say.',
    labels: ['outcome'],
  },
} as const;
