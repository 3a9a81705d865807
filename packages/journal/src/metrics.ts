import { defineMetrics, type Metrics } from '@selvedge/kernel';

export const journalMetricTable = {
  records: { name: 'journal_records_total', type: 'counter', help: 'Records made durable.', labels: ['class'] },
  bytes: { name: 'journal_bytes_total', type: 'counter', help: 'Bytes of batches made durable.', labels: [] },
  commits: { name: 'journal_commits_total', type: 'counter', help: 'Group commits that became durable.', labels: [] },
  commitSeconds: {
    name: 'journal_commit_seconds',
    type: 'histogram',
    help: 'From the beginning of a group commit to its durability.',
    labels: [],
    buckets: [0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.05, 0.25, 1, 5],
  },
  commitsFailed: {
    name: 'journal_commits_failed_total',
    type: 'counter',
    help: 'Group commits that the disk refused.',
    labels: ['fault'],
  },
  refused: { name: 'journal_refused_total', type: 'counter', help: 'Appends turned away.', labels: ['fault'] },
  healthy: { name: 'journal_healthy', type: 'gauge', help: '1 while appends reach the disk, else 0.', labels: [] },
  size: { name: 'journal_size_bytes', type: 'gauge', help: 'Bytes on disk.', labels: [] },
  tailCut: { name: 'journal_tail_cut_total', type: 'counter', help: 'Torn tails cut at start.', labels: [] },
  damaged: { name: 'journal_damaged_total', type: 'counter', help: 'Damaged places found and set aside.', labels: [] },
  stateSaved: {
    name: 'journal_state_saved_total',
    type: 'counter',
    help: 'Times the cursors were made durable.',
    labels: [],
  },
  trimmed: { name: 'journal_trimmed_segments_total', type: 'counter', help: 'Segments trimmed.', labels: [] },
  expired: {
    name: 'journal_expired_records_total',
    type: 'counter',
    help: 'Unacknowledged records that retention let go.',
    labels: ['class', 'reason'],
  },
  clockJumps: {
    name: 'journal_clock_jumps_total',
    type: 'counter',
    help: 'Jumps of the wall clock noticed.',
    labels: [],
  },
} as const;

export type JournalMetrics = Metrics<typeof journalMetricTable>;

export const journalMetrics = (): JournalMetrics => defineMetrics(journalMetricTable);
