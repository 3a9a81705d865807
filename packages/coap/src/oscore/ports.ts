import type { WindowState } from './replay-window.ts';

/** What must outlive the process, for one sender key. */
export interface OscoreState {
  /** Every sender sequence number below this may have been used. */
  readonly reserved: number;
  /** The peer's numbers that were accepted; undefined where it is not kept, so that the peer is challenged. */
  readonly window: WindowState | undefined;
}

/**
 * Keeps the changing part of security contexts. Every adapter runs `replay-store.contract.ts`. A state that was removed or
 * brought back from a backup while its key is in use breaks the encryption: numbers would be used twice.
 */
export interface ReplayStore {
  /** undefined if nothing was ever saved by that name. Throws COAP_OSCORE_STATE_DAMAGED or COAP_OSCORE_STATE_FAILED. */
  load(name: string): Promise<OscoreState | undefined>;
  /**
   * Durable, and instead of the one before, when this settles. Calls for one name do not overlap. Throws
   * COAP_OSCORE_STATE_FAILED: then the one before or this one is found.
   */
  save(name: string, state: OscoreState): Promise<void>;
  /** Only for a key that is used nowhere any more. */
  forget(name: string): Promise<void>;
}
