export const edgeMetrics = {
  readings: { name: 'edge_readings_total', type: 'counter', help: 'Readings journaled.', labels: [] },
  duplicates: {
    name: 'edge_duplicate_readings_total',
    type: 'counter',
    help: 'Readings named like one journaled before; acknowledged, not stored again.',
    labels: [],
  },
  quarantined: {
    name: 'edge_quarantined_total',
    type: 'counter',
    help: 'Payloads kept aside, by reason.',
    labels: ['reason'],
  },
  refused: { name: 'edge_refused_total', type: 'counter', help: 'Messages turned away unacknowledged.', labels: [] },
  plain: { name: 'edge_plain_messages_total', type: 'counter', help: 'Messages that no topic map covers.', labels: [] },
  devices: { name: 'edge_devices', type: 'gauge', help: 'Devices heard since the start.', labels: [] },
  clients: { name: 'edge_clients', type: 'gauge', help: 'Clients connected at the doors.', labels: [] },
  journalBytes: { name: 'edge_journal_size_bytes', type: 'gauge', help: 'Disk that the journal uses.', labels: [] },
  journalPending: {
    name: 'edge_journal_pending_records',
    type: 'gauge',
    help: 'Records that the cloud does not have.',
    labels: [],
  },
  journalExpired: {
    name: 'edge_journal_expired_records_total',
    type: 'counter',
    help: 'Records that left by retention before the cloud had them.',
    labels: [],
  },
  commandsOutstanding: {
    name: 'edge_commands_outstanding',
    type: 'gauge',
    help: 'Commands that are not over.',
    labels: [],
  },
  commandsCrowded: {
    name: 'edge_commands_crowded_total',
    type: 'counter',
    help: 'Commands that failed because too many were outstanding.',
    labels: [],
  },
  linkBytes: {
    name: 'edge_link_sent_bytes_total',
    type: 'counter',
    help: 'Bytes of frames sent to the cloud, by class.',
    labels: ['class'],
  },
  linkWaiting: {
    name: 'edge_link_waiting',
    type: 'gauge',
    help: 'Batches and requests that wait for the link as live ones, by class.',
    labels: ['class'],
  },
  linkDemoted: {
    name: 'edge_link_demoted_total',
    type: 'counter',
    help: 'Batches and requests left to the backlog because the link was too slow, by class.',
    labels: ['class'],
  },
  linkDropped: {
    name: 'edge_link_dropped_total',
    type: 'counter',
    help: 'Expendable requests that were dropped, by class; journaled data never is.',
    labels: ['class'],
  },
  linkRefused: {
    name: 'edge_link_refused_frames_total',
    type: 'counter',
    help: 'Frames of twins and configurations that found no room in their line for the link.',
    labels: [],
  },
  linkCapacity: {
    name: 'edge_link_capacity_bytes',
    type: 'gauge',
    help: 'Bytes for a second that the link is taken to carry.',
    labels: [],
  },
  linkCongestion: {
    name: 'edge_link_congestion_ratio',
    type: 'gauge',
    help: '0 while the link is free, 1 when it is jammed.',
    labels: [],
  },
  linkInFlight: {
    name: 'edge_link_in_flight_bytes',
    type: 'gauge',
    help: 'Bytes on their way to the cloud.',
    labels: [],
  },
  linkMonthBytes: {
    name: 'edge_link_month_bytes',
    type: 'gauge',
    help: 'Bytes of this calendar month as a provider counts them, up and down.',
    labels: ['direction'],
  },
  online: { name: 'edge_link_online', type: 'gauge', help: '1 while the link to the cloud is up.', labels: [] },
} as const;

export const accessMetrics = {
  admissions: {
    name: 'edge_admissions_total',
    type: 'counter',
    help: 'Who asked to come in at a door: as what they were let in, or why not.',
    labels: ['outcome'],
  },
} as const;
