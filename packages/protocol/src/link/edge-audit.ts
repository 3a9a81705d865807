import type { Gap, Imbalance, LedgerRow } from '../ledger.ts';

/** What a node says of its own journal, recomputed there from the bytes on its disk. Hashes are hexadecimal. */
export interface EdgeAudit {
  readonly epoch: string;
  /** The durable end of the journal, and the hash before it. */
  readonly head: { readonly offset: number; readonly hash: string };
  /** The first offset still in the journal, and the hash before it. */
  readonly base: { readonly offset: number; readonly hash: string };
  /** How much was read and recomputed. */
  readonly checked: { readonly records: number; readonly batches: number };
  readonly broken: readonly { readonly offset: number; readonly why: string }[];
  /** Records that the cloud has not acknowledged yet. */
  readonly pending: number;
  /** Records that left the journal before the cloud had them, counted since the epoch began. */
  readonly expired: number;
  /** Readings among the records that are still in the journal, without those that stay at the site. */
  readonly journaledReadings: number;
  /** Readings that stay at the site, among the records that are still in the journal. Absent from older nodes. */
  readonly localReadings?: number;
  /** Closings of the books that were recomputed from the readings themselves, and where they do not add up. */
  readonly closings?: { readonly judged: number; readonly imbalances: readonly Imbalance[] };
  readonly ledger: readonly LedgerRow[];
  /** What expired and why, as far as the journal still says so. */
  readonly gaps: readonly Gap[];
}
