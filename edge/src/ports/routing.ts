import type { Buffer } from 'node:buffer';
import type { JsonRecord } from '@selvedge/protocol';

/** A record to write: a text record, or the bytes of a derived reading with its class. */
export type WrittenRecord = JsonRecord | { readonly kind: 'reading'; readonly body: Buffer; readonly klass: number };

/** What is made of readings that stayed at the site. */
export interface Treatment {
  readonly policy: string;
  /** Milliseconds of an aggregate. */
  readonly interval: number;
  /** Names of the numbers that an aggregate tells besides the number of readings. */
  readonly numbers: readonly string[];
  /** Names of the values of a redacted reading, and its class. */
  readonly open: readonly string[];
  readonly klass: number;
}

/**
 * What becomes of readings. raw: sent as they are. folded: kept here, what represents them is sent. later: sent raw, behind
 * everything else. nothing: handled here, only their number is told. analyse: sent raw, and the cloud is asked to analyse
 * them.
 */
export type RouteAction = 'raw' | 'folded' | 'later' | 'nothing' | 'analyse';

/** What routing knows of the link, as whoever runs the link sees it. */
export interface LinkView {
  readonly state: 'online' | 'offline';
  /** Price of a megabyte, in the site's own currency; 0 where it costs nothing. */
  readonly costPerMb: number;
  /** 0: the link is idle, 1: nothing more goes through. */
  readonly congestion: number;
  /** Part of the month's allowance that is left, 0 to 1; 1 where there is none. */
  readonly capLeft: number;
}

/** What a decision rests on. `load` is 0 to 1. */
export interface RouteInputs extends LinkView {
  readonly load: number;
}

/** Why the readings of a device go where they go. Times are wall time in milliseconds. */
export interface RouteExplanation {
  readonly device: string;
  readonly inputs: RouteInputs;
  /** By shape, those heard since the start; of a device that was not heard, by policy. */
  readonly streams: readonly StreamExplanation[];
}

export interface StreamExplanation {
  /** Names of the values; empty where none was heard. */
  readonly values: readonly string[];
  /** Null where no policy fits. */
  readonly policy: string | null;
  readonly action: RouteAction;
  readonly why: string;
  /** Since when, and what was so then; null where nothing has been decided by the state of the link. */
  readonly since: number | null;
  readonly inputsThen: RouteInputs | null;
  /** Before this nothing changes, whatever happens. */
  readonly settledUntil: number | null;
  readonly private: readonly string[];
  readonly lane: string;
  readonly changes: readonly RouteChange[];
}

/** What would have another thing done. */
export interface RouteChange {
  readonly to: RouteAction;
  readonly when: string;
}
