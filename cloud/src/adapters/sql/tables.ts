import type { Generated } from 'kysely';
import type { PrunedAbsentRow, PrunedPlaceRow, PrunedRow, PrunedSourceRow } from './retention/tables.ts';

/** Bytes as the database gives them back. */
export type Blob = Uint8Array;

/** A journal that was ever shipped; other tables name it by its number. */
export interface JournalRow {
  id: Generated<number>;
  node: string;
  epoch: string;
}

/** The ingest log: one row a batch, in the order of arrival. */
export interface LogRow {
  sequence: Generated<number>;
  journal: number;
  first_offset: number;
  count: number;
  klass: number;
  appended_at: number;
  prev_hash: Blob;
  hash: Blob;
  body_digest: Blob;
  body_length: number;
  /** zstd; null for a stub. */
  body: Blob | null;
}

export interface HeldRow {
  journal: number;
  from_offset: number;
  to_offset: number;
  before: Blob;
  after: Blob;
}

export interface AsideRow {
  id: Generated<number>;
  journal: number;
  /** 1: a whole batch, whose offsets count as acknowledged; 0: one record of a batch that is in the log. */
  whole: number;
  first_offset: number;
  count: number;
  code: string;
  message: string;
  at: number;
  body: Blob;
}

/** How far the consumers have read the log. */
export interface ConsumerRow {
  name: string;
  position: number;
}

export interface NodeRow {
  id: string;
  epoch: string;
  first_seen: number;
  last_seen: number;
  report: string | null;
}

export interface DeviceRow {
  number: Generated<number>;
  id: string;
  node: string;
  name: string;
  type: string;
  first_seen: number;
  last_seen: number;
  online: number;
  readings_total: number;
  duplicates_total: number;
  latest: string;
  latest_at: number;
  /** When the status was that gave name and type. */
  told_at: number;
}

/** Names of readings that were stored: runs of sequence numbers by device and boot. */
export interface NameRow {
  device: number;
  boot: number;
  seq_from: number;
  seq_to: number;
}

/** The newest readings of a device from one journal. The row stays when it is empty: it says that the two have met. */
export interface TailRow {
  device: number;
  journal: number;
  rows: number;
  body: Blob;
}

export interface ChunkRow {
  id: Generated<number>;
  device: number;
  journal: number;
  day: number;
  rows: number;
  offset_from: number;
  offset_to: number;
  taken_from: number;
  taken_to: number;
  boot_from: number | null;
  boot_to: number | null;
  seq_from: number | null;
  seq_to: number | null;
  metrics: string;
  body: Blob;
}

export interface AlertRow {
  id: string;
  node: string;
  device: string;
  rule: string;
  type: string;
  severity: string;
  metric: string;
  value: number;
  score: number | null;
  message: string;
  state: string;
  count: number;
  raised_at: number;
  last_at: number;
  acknowledged_at: number | null;
  acknowledged_by: string | null;
  cleared_at: number | null;
  cleared_by: string | null;
  data: string;
}

/** Ids of alert records that were folded, so that a rule's replay counts once. */
export interface OccurrenceRow {
  id: string;
  /** When it came here. */
  at: number;
}

export interface CommandRow {
  id: string;
  node: string;
  device: string;
  name: string;
  arguments: string;
  issued_at: number;
  expires_at: number;
  origin: string;
  reason: string;
  state: string;
  sent_at: number | null;
  delivered_at: number | null;
  ended_at: number | null;
  result: string;
  known: number;
  presumed: number;
  fence: number | null;
}

export interface StatisticRow {
  device: string;
  window_from: number;
  window_to: number;
  metrics: string;
}

export interface QuarantinedRow {
  id: Generated<number>;
  node: string;
  source: string;
  topic: string;
  received_at: number;
  reason: string;
  why: string;
  payload: string;
  payload_bytes: number;
}

/** What the doors of a journal's node counted, by source. */
export interface LedgerTotalsRow {
  journal: number;
  source: string;
  received: number;
  refused: number;
  duplicates: number;
  quarantined: number;
  journaled: number;
}

export interface GapRow {
  journal: number;
  offset: number;
  lane: string;
  from_offset: number;
  to_offset: number;
  count: number;
  reason: string;
  at: number;
}

/** An aggregate of readings that stayed at the site, and how many of them the closing that tells it has counted. */
export interface FoldTableRow {
  journal: number;
  from_offset: number;
  to_offset: number;
  source: string;
  policy: string;
  count: number;
  told: number;
  taken_from: number;
  taken_to: number;
  metrics: string;
}

export interface TimeCorrectionRow {
  journal: number;
  from_offset: number;
  to_offset: number;
  /** Says nothing where `unknown` says why. */
  by: number;
  at: number;
  unknown: string | null;
}

/** A device's twin as it is now. */
export interface TwinRow {
  device: string;
  /** Where it is, and how often it has moved. */
  node: string;
  term: number;
  moved_at: number;
  digest: string;
  /** How many pairs of edits stand beside each other. */
  conflicts: number;
  fields: string;
  confirmed: string;
  updated_at: number;
  /** Of its last event. */
  sequence: number;
  /** From this event on the history is whole. */
  history_first: number;
  /** From this moment on the twin can be told as it was. */
  history_from: number;
}

/** What happened to a twin, with the field of the path as it was afterwards. */
export interface TwinEventRow {
  device: string;
  sequence: number;
  id: string;
  kind: string;
  path: string;
  at: number;
  event: string;
  field: string;
}

/** A version of a node's configuration. */
export interface ConfigurationRow {
  node: string;
  version: number;
  digest: string;
  phase: string;
  why: string | null;
  by: string;
  about: string | null;
  proposed_at: number;
  prepared_at: number | null;
  applied_at: number | null;
  ended_at: number | null;
  /** Null where only the node knows them. */
  settings: string | null;
}

/** What a node said last of its configuration. */
export interface ConfiguredRow {
  node: string;
  said: string;
  at: number;
}

export interface SagaRow {
  id: string;
  /** running, done, undone or stuck. */
  status: string;
  created_at: number;
  /** Counts the changes of its state. */
  revision: number;
  state: string;
}

/** What happened in a saga. */
export interface SagaEventRow {
  saga: string;
  sequence: number;
  at: number;
  event: string;
}

export interface TokenRow {
  digest: Blob;
  operator: string;
}

/**
 * Something that opens a door once: `kind` is sign-in (for an operator) or enrolment (for a node). `used_by` is the SHA-256 of
 * the public key that was enrolled, which may come again.
 */
export interface OnceRow {
  digest: Blob;
  kind: string;
  subject: string;
  until: number;
  used_at: number | null;
  used_by: Blob | null;
}

export interface Tables {
  pruned: PrunedRow;
  pruned_source: PrunedSourceRow;
  pruned_absent: PrunedAbsentRow;
  pruned_name: NameRow;
  pruned_place: PrunedPlaceRow;
  fold: FoldTableRow;
  time_correction: TimeCorrectionRow;
  journal: JournalRow;
  log: LogRow;
  held: HeldRow;
  aside: AsideRow;
  consumer: ConsumerRow;
  node: NodeRow;
  device: DeviceRow;
  name: NameRow;
  tail: TailRow;
  chunk: ChunkRow;
  alert: AlertRow;
  occurrence: OccurrenceRow;
  command: CommandRow;
  statistic: StatisticRow;
  quarantined: QuarantinedRow;
  ledger: LedgerTotalsRow;
  gap: GapRow;
  twin: TwinRow;
  twin_event: TwinEventRow;
  configuration: ConfigurationRow;
  configured: ConfiguredRow;
  saga: SagaRow;
  saga_event: SagaEventRow;
  token: TokenRow;
  once: OnceRow;
}
