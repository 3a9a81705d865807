/** A range of journal offsets; `to` is one past the last. */
export interface Offsets {
  readonly from: number;
  readonly to: number;
}

/**
 * What a door did with the messages of one source in one interval:
 * `received = refused + duplicates + quarantined + journaled`.
 */
export interface LedgerRow {
  readonly source: string;
  readonly received: number;
  /** Turned away unacknowledged, so the device keeps them. */
  readonly refused: number;
  /** Readings with a name that was journaled before; acknowledged again, not stored again. */
  readonly duplicates: number;
  readonly quarantined: number;
  readonly journaled: number;
}

/**
 * The doors' part of one closing of the books. All records of a closing say the same offsets and name different sources;
 * the offsets of one closing begin where those of the one before end.
 */
export interface LedgerRows {
  readonly from: number;
  readonly to: number;
  /** Where the readings lie that `journaled` counts. Absent in records that were written before books were closed by offset. */
  readonly offsets?: Offsets;
  readonly rows: readonly LedgerRow[];
}

/** Why readings stay at the site. */
export const keptReasons = ['folded', 'withheld'] as const;
export type KeptReason = (typeof keptReasons)[number];

/** One metric of readings that were folded, in the order in which they were journaled; `deviation` is of the population. */
export interface FoldMetric {
  readonly metric: string;
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly deviation: number;
  readonly first: number;
  readonly last: number;
}

/** What stands for folded readings of one source: those since its last aggregate, to the end of the closing. */
export interface Aggregate {
  /** When the first and the last of them were taken, in milliseconds since the Unix epoch. */
  readonly from: number;
  readonly to: number;
  /** Readings. A metric may be in fewer of them. */
  readonly count: number;
  readonly metrics: readonly FoldMetric[];
}

/** How many readings of one source stayed at the site for one reason. */
export interface FoldRow {
  readonly source: string;
  readonly reason: KeptReason;
  /** The policy that says so; empty where none does any more. */
  readonly policy: string;
  readonly count: number;
  /** In the closing that ends the aggregate's interval. */
  readonly aggregate?: Aggregate;
  /** Of those folded: how many are in no aggregate after this closing. */
  readonly open?: number;
}

/** The part of one closing that accounts for what stayed at the site; as `LedgerRows`, in as many records as it needs. */
export interface Fold {
  readonly from: number;
  readonly to: number;
  readonly offsets: Offsets;
  /** What was derived from readings before `offsets.to` lies before this offset, all later derived readings behind. */
  readonly derivedBefore: number;
  readonly rows: readonly FoldRow[];
}

/** Offsets that left the journal before the cloud had them, and why. */
export interface Gap {
  readonly lane: string;
  readonly from: number;
  /** One past the last. */
  readonly to: number;
  readonly count: number;
  readonly reason: 'bytes' | 'age' | 'damaged';
  readonly at: number;
}

/** A closing of the books whose terms do not add up. */
export interface Imbalance {
  readonly source: string;
  /** The interval, as the closing says it. */
  readonly from: number;
  readonly to: number;
  readonly offsets: Offsets;
  /** What is wrong, with the terms. */
  readonly why: string;
}
