import { defineMetrics, type MetricTable } from '@selvedge/kernel';

/** What the outside of the cloud counts. */
export const cloudMetricTable = {
  linkNodes: { name: 'cloud_link_nodes', type: 'gauge', help: 'Edge nodes connected now.', labels: [] },
  linkFrames: {
    name: 'cloud_link_frames_total',
    type: 'counter',
    help: 'Frames received from nodes.',
    labels: [],
  },
  linkBytes: {
    name: 'cloud_link_received_bytes_total',
    type: 'counter',
    help: 'Bytes of frames received.',
    labels: [],
  },
  linkBatches: {
    name: 'cloud_link_batches_total',
    type: 'counter',
    help: 'Batches by what became of them: appended, held before, set aside, or refused as fork.',
    labels: ['outcome'],
  },
  linkRecords: { name: 'cloud_link_records_total', type: 'counter', help: 'Records made durable.', labels: [] },
  linkEnded: { name: 'cloud_link_ended_total', type: 'counter', help: 'Links ended, by code.', labels: ['code'] },
  linkCrowded: {
    name: 'cloud_link_crowded_total',
    type: 'counter',
    help: 'Hellos turned away until later because too many nodes connected at once.',
    labels: [],
  },
  linkPaused: {
    name: 'cloud_link_paused_total',
    type: 'counter',
    help: 'Times that reading from a node paused because its batches waited for the disk.',
    labels: [],
  },
  linkTakeSeconds: {
    name: 'cloud_link_take_seconds',
    type: 'histogram',
    help: 'From the arrival of a batch to its durability.',
    labels: [],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
  },
  closings: {
    name: 'cloud_ledger_closings_total',
    type: 'counter',
    help: 'Closings of the books that were judged.',
    labels: [],
  },
  imbalances: {
    name: 'cloud_ledger_imbalances_total',
    type: 'counter',
    help: 'Closings found not to balance, by source and interval.',
    labels: [],
  },
  sagas: {
    name: 'cloud_sagas_total',
    type: 'counter',
    help: 'Sagas that came to an end, by which.',
    labels: ['status'],
  },
  retentionRows: {
    name: 'cloud_retention_rows_total',
    type: 'counter',
    help: 'Rows of the database that went by policy: batches of the log, chunks of telemetry, others.',
    labels: ['kind', 'why'],
  },
  retentionReadings: {
    name: 'cloud_retention_readings_total',
    type: 'counter',
    help: 'Readings that went from telemetry by policy.',
    labels: [],
  },
  retentionStuck: {
    name: 'cloud_retention_stuck_total',
    type: 'counter',
    help: 'Looks that found a bound exceeded and nothing that may go.',
    labels: ['kind'],
  },
  retentionFailed: {
    name: 'cloud_retention_failed_total',
    type: 'counter',
    help: 'Looks that the store failed.',
    labels: [],
  },
  storeUsed: {
    name: 'cloud_store_used_bytes',
    type: 'gauge',
    help: 'Bytes of the pages of the database that hold something.',
    labels: [],
  },
  storeFile: { name: 'cloud_store_file_bytes', type: 'gauge', help: 'Bytes of the database file.', labels: [] },
  enrolments: { name: 'cloud_enrolments_total', type: 'counter', help: 'Enrolments by outcome.', labels: ['outcome'] },
  apiRequests: {
    name: 'cloud_api_requests_total',
    type: 'counter',
    help: 'Requests by route and status.',
    labels: ['route', 'status'],
  },
  apiSeconds: {
    name: 'cloud_api_request_seconds',
    type: 'histogram',
    help: 'From request to response.',
    labels: [],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
  },
  signInsFailed: { name: 'cloud_sign_ins_failed_total', type: 'counter', help: 'Sign-ins refused.', labels: [] },
  feedClients: { name: 'cloud_feed_clients', type: 'gauge', help: 'Listeners of the live feed.', labels: [] },
  feedEvents: { name: 'cloud_feed_events_total', type: 'counter', help: 'Events published.', labels: ['kind'] },
  feedDropped: {
    name: 'cloud_feed_clients_dropped_total',
    type: 'counter',
    help: 'Listeners that were too slow and were disconnected.',
    labels: [],
  },
} as const satisfies MetricTable;

export type CloudMetrics = ReturnType<typeof cloudMetrics>;

/** A fresh set of meters, all zero. */
export const cloudMetrics = () => defineMetrics(cloudMetricTable);
