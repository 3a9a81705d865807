import type { Closing } from './closings.ts';

/**
 * Holds the counts inside aggregates against the folded readings that the closings name: what was open before and what
 * was folded since is in the aggregate, or open still.
 */
export interface AggregateCheck {
  /** Adds, by source, what is wrong with the aggregates of the next closing. */
  check(closing: Closing, wrong: Map<string, string>): void;
  /** What lay in a closing could not be seen, so nothing is known of what is open. */
  forget(): void;
  /** Folded readings that are in no aggregate yet, by source. */
  readonly open: ReadonlyMap<string, number>;
}

/** `before`: what was open before the first closing; where it is unknown, it is learnt from each source's first row. */
export function aggregateCheck(before: Iterable<readonly [string, number]> | undefined): AggregateCheck {
  const open = new Map<string, number>(before);
  let knows = before !== undefined;
  return {
    open,
    check({ rows }, wrong) {
      for (const { source, reason, count, aggregate, open: left = 0 } of rows) {
        if (reason !== 'folded') continue;
        const known = open.get(source) ?? (knows ? 0 : undefined);
        open.set(source, left);
        const told = aggregate?.count ?? 0;
        if (known !== undefined && known + count !== told + left)
          wrong.set(source, `folded ${known + count} readings, but aggregated ${told} + open ${left}`);
      }
    },
    forget() {
      open.clear();
      knows = false;
    },
  };
}
