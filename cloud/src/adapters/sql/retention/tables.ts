import type { Blob } from '../tables.ts';

/** What retention has taken out of a journal, and what an audit found of it when it went. One row a journal. */
export interface PrunedRow {
  journal: number;
  /** The log holds no batch before this offset; `log_hash` is the chain's hash there. */
  log_to: number;
  log_hash: Blob;
  log_at: number;
  log_why: string;
  /** Of the batches that went from the log. */
  records: number;
  readings: number;
  duplicates: number;
  lost: number;
  doubled: number;
  altered: number;
  expired: number;
  local: number;
  /** Offsets that the log never held, because the node had let them go; and those that were set aside. */
  absent: number;
  aside: number;
  /** Places that did not hold, and closings that did not balance. */
  broken: number;
  imbalances: number;
  /** Readings of telemetry whose batches went, and the sum of their fingerprints. */
  sealed_rows: number;
  sealed_sum: number;
  /** All records of closings up to here went from the log; folds up to `folds_pruned_to` went from their table. */
  folds_to: number;
  folds_pruned_to: number;
  /** Chunks wholly before this offset went. */
  telemetry_to: number;
  telemetry_at: number;
  telemetry_why: string;
  telemetry_readings: number;
  /** Of these, readings that the log still has. */
  gone: number;
}

/** By source, what the records say that went from the log: the doors' counts, the books, and the marks of the folds. */
export interface PrunedSourceRow {
  journal: number;
  source: string;
  received: number;
  refused: number;
  duplicates: number;
  quarantined: number;
  journaled: number;
  folded: number;
  withheld: number;
  expired: number;
  fold_rows: number;
  fold_sum: number;
}

/** A reading of the log that telemetry did not have as it should when its neighbours went: duplicate or lost. */
export interface PrunedAbsentRow {
  journal: number;
  offset: number;
  what: string;
}

/** All that lies before the offset was journaled before the end of this hour since 1970. */
export interface PrunedPlaceRow {
  journal: number;
  hour: number;
  to_offset: number;
}
