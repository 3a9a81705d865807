import type { LedgerRows } from '@selvedge/protocol';
import type { NamedPublish } from '../../ports.ts';

/**
 * The name of a publish in the journal: a ledger record without rows. It stands in one batch with the readings that the
 * publish brought, so a power cut takes back both or none of them.
 */
export interface LedgerName extends LedgerRows {
  readonly named: NamedPublish;
}

export const ledgerOfName = (named: NamedPublish): LedgerName => ({ from: 0, to: 0, rows: [], named });

/** The latest named publishes whose readings are durable. */
export interface NamedPublishes {
  keep(one: NamedPublish): void;
  /** In the order of their numbers. */
  after(sequence: number): readonly NamedPublish[];
  readonly all: readonly NamedPublish[];
}

/** A door asks for those that its own store has not heard of: what one commit held, or what came while its store was failing. */
const keptMax = 4_096;

export function namedPublishes(): NamedPublishes {
  let all: NamedPublish[] = [];
  return {
    keep(one) {
      all.push(one);
      if (all.length >= 2 * keptMax) all = all.slice(-keptMax);
    },
    after: (sequence) =>
      all.filter((one) => one.sequence > sequence).sort((left, right) => left.sequence - right.sequence),
    get all() {
      return all.slice(-keptMax);
    },
  };
}
