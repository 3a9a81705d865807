import type { Imbalance, Interval, LedgerRow } from '@selvedge/protocol';

/** What the store holds of one journal, recomputed from its rows and not from counters. */
export interface StoreAudit {
  readonly node: string;
  readonly epoch: string;
  readonly held: readonly Interval[];
  /** The places where something does not hold (hash, digest, chain, a reading, a summary), with why; at most 1 000. */
  readonly broken: readonly { readonly offset: number; readonly why: string }[];
  readonly records: number;
  readonly readings: number;
  /** Readings that are in telemetry, equal to the log's byte for byte. */
  readonly stored: number;
  /** In the log, not in telemetry. */
  readonly lost: number;
  /** In telemetry more than once, or not in the log. */
  readonly doubled: number;
  /** In telemetry, but other than in the log. */
  readonly altered: number;
  /** Readings that named themselves as one stored before, so they were not stored again. */
  readonly duplicates: number;
  readonly expired: number;
  /** Records that stay at the site, of which only the place in the chain came. */
  readonly local: number;
  /** What has gone by policy. The counts above are of everything that ever was in the log, with this among it. */
  readonly pruned: StorePruned;
  readonly headHash: string;
  /** Closings of the books that were recomputed, and where they do not add up. */
  readonly closings: { readonly judged: number; readonly imbalances: readonly Imbalance[] };
  readonly rows: readonly StoreAuditRow[];
}

/** What retention has taken out of a journal in the store. */
export interface StorePruned {
  /** The log begins here, and telemetry has only single readings before `telemetryTo`. */
  readonly logTo: number;
  readonly telemetryTo: number;
  /** Records of the log. */
  readonly records: number;
  /** Readings of telemetry; they are part of `readings` and no more of `stored`. */
  readonly readings: number;
  /** Offsets before `logTo` that had been set aside. */
  readonly aside: number;
  /** When something went last; 0 for never. */
  readonly at: number;
  /** By which bounds: age, bytes, disk. */
  readonly why: readonly string[];
}

/** What the doors said of a source, what telemetry has of it, and what the judged closings account for besides. */
export interface StoreAuditRow extends LedgerRow {
  readonly stored: number;
  readonly folded: number;
  readonly withheld: number;
  readonly expired: number;
}

export interface BooksRange {
  readonly from: number;
  readonly base: number;
  /** As the look before has left it. */
  readonly open: BooksLook['open'] | undefined;
}

/** A look at the books of one journal, from a closing on. */
export interface BooksLook {
  readonly judged: number;
  /** Where to look from next time. */
  readonly judgedTo: number;
  readonly imbalances: readonly Imbalance[];
  /** Folded readings that no aggregate holds yet, by source. */
  readonly open: readonly (readonly [source: string, count: number])[];
  /** There were more closings than this look judged. */
  readonly more: boolean;
}

export interface Auditor {
  /** Every journal that anything was ever shipped of. */
  journals(): Promise<readonly { readonly node: string; readonly epoch: string }[]>;
  /** With `since` only what was journaled from then on is compared; the chain is followed from its beginning all the same. */
  store(node: string, epoch: string, since?: number): Promise<StoreAudit>;
  /**
   * Judges closings that begin at offset `from` or later, as far as the log holds everything; what lies before `base` is
   * not waited for.
   */
  books(node: string, epoch: string, range: BooksRange): Promise<BooksLook>;
}
