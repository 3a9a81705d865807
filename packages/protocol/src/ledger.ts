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

export interface LedgerRows {
  readonly from: number;
  readonly to: number;
  readonly rows: readonly LedgerRow[];
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
