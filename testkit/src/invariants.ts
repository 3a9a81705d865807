import type { LedgerRow } from '@selvedge/protocol';

/** A promise of the product that a history broke. */
export interface Violation {
  readonly invariant:
    | 'lost'
    | 'altered'
    | 'doubled'
    | 'unheard-of'
    | 'out of order'
    | 'unbalanced'
    | 'stale run'
    | 'run twice'
    /** Something still waits when all has been mended for long enough. */
    | 'unsettled'
    /** One of the product's own audits found something. */
    | 'unproven'
    /** Something is gone, refused or corrected, and nobody has said so to those who should know. */
    | 'untold'
    /** Something grew beyond its bound. */
    | 'unbounded'
    /** Two sides that should be the same are not. */
    | 'apart';
  readonly what: string;
}

/** Something with a name for ever and a content that must not change: a reading, a record. */
export interface Item {
  readonly name: string;
  /** Any text that is equal exactly when the contents are. */
  readonly content: string;
}

/** All that was acknowledged is stored, with the same content. */
export function nothingLost(acknowledged: Iterable<Item>, stored: Iterable<Item>): Violation[] {
  const contents = new Map<string, string>();
  for (const { name, content } of stored) contents.set(name, content);
  const violations: Violation[] = [];
  for (const { name, content } of acknowledged) {
    const found = contents.get(name);
    if (found === undefined) violations.push({ invariant: 'lost', what: name });
    else if (found !== content)
      violations.push({ invariant: 'altered', what: `${name}: acknowledged ${content}, stored ${found}` });
  }
  return violations;
}

/** Nothing is stored twice. */
export function nothingDoubled(stored: Iterable<Item>): Violation[] {
  const seen = new Map<string, number>();
  for (const { name } of stored) seen.set(name, (seen.get(name) ?? 0) + 1);
  return [...seen]
    .filter(([, times]) => times > 1)
    .map(([name, times]) => ({ invariant: 'doubled', what: `${name}: ${times} times` }));
}

/** Nothing is stored that nobody sent. */
export function nothingInvented(sent: Iterable<Item>, stored: Iterable<Item>): Violation[] {
  const contents = new Map<string, string>();
  for (const { name, content } of sent) contents.set(name, content);
  const violations: Violation[] = [];
  for (const { name, content } of stored) {
    const found = contents.get(name);
    if (found === undefined) violations.push({ invariant: 'unheard-of', what: name });
    else if (found !== content)
      violations.push({ invariant: 'altered', what: `${name}: sent ${content}, stored ${found}` });
  }
  return violations;
}

/** Within each stream (a device and lane), places only go up. */
export function orderKept(stored: Iterable<{ readonly stream: string; readonly place: number }>): Violation[] {
  const last = new Map<string, number>();
  const violations: Violation[] = [];
  for (const { stream, place } of stored) {
    const before = last.get(stream);
    if (before !== undefined && place <= before)
      violations.push({ invariant: 'out of order', what: `${stream}: ${place} came after ${before}` });
    last.set(stream, place);
  }
  return violations;
}

/** `received = refused + duplicates + quarantined + journaled` in each row, and no term is negative. */
export function ledgerBalances(rows: Iterable<LedgerRow>): Violation[] {
  const violations: Violation[] = [];
  for (const row of rows) {
    const { source, received, refused, duplicates, quarantined, journaled } = row;
    const sum = refused + duplicates + quarantined + journaled;
    if (received !== sum)
      violations.push({ invariant: 'unbalanced', what: `${source}: received ${received}, accounted ${sum}` });
    if (Math.min(received, refused, duplicates, quarantined, journaled) < 0)
      violations.push({ invariant: 'unbalanced', what: `${source}: a term is negative` });
  }
  return violations;
}

/** A command as the device carried it out. Times are milliseconds of one clock. */
export interface CommandRun {
  readonly id: string;
  readonly ranAt: number;
  readonly expiresAt: number;
}

/** No command runs after its expiry, by the clock of who runs it. */
export function noStaleRun(runs: Iterable<CommandRun>): Violation[] {
  return [...runs]
    .filter((run) => run.ranAt >= run.expiresAt)
    .map(({ id, ranAt, expiresAt }) => ({
      invariant: 'stale run',
      what: `${id}: ${ranAt - expiresAt} ms after its expiry`,
    }));
}

/** No command runs twice. */
export function noRunTwice(runs: Iterable<CommandRun>): Violation[] {
  const seen = new Set<string>();
  const violations: Violation[] = [];
  for (const { id } of runs) {
    if (seen.has(id)) violations.push({ invariant: 'run twice', what: id });
    seen.add(id);
  }
  return violations;
}

/** The violations in a few lines: how many of each kind, and the first of them. */
export function describeViolations(violations: readonly Violation[]): string {
  const kinds = Map.groupBy(violations, (one) => one.invariant);
  return [...kinds]
    .map(
      ([kind, all]) =>
        `${all.length} ${kind}: ${all
          .slice(0, 3)
          .map((one) => one.what)
          .join('; ')}${all.length > 3 ? '; …' : ''}`,
    )
    .join('\n');
}
