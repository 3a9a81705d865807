import type { Fold, Imbalance, LedgerRows, Offsets } from '../ledger.ts';
import { quality } from '../reading.ts';
import { classOf } from '../record/kind.ts';
import { aggregateCheck } from './aggregates.ts';
import { type Closing, closings } from './closings.ts';

/**
 * Holds the closings of one journal's books against what lies in the journal, by source and interval:
 * `journaled = raw + folded + withheld + expired`. It is shown the journal in the order of offsets, all of it from where
 * it begins: also what is gone.
 */
export interface Balance {
  /** A reading lies there, with these bits of `quality`. What the node derived itself is no part of the books. */
  reading(offset: number, source: string, bits: number): void;
  /** Readings that were kept at the site lie there; whose they are is not known here. */
  local(from: number, count: number): void;
  /** Records lie there whose bodies are gone; -1 where not even their class is known. */
  absent(from: number, count: number, klass: number): void;
  /** A record of a closing. The first one of the next says that those before are complete: they are judged. */
  ledger(rows: LedgerRows, offset: number): void;
  fold(fold: Fold, offset: number): void;
  /** Nothing more will be shown: the last closing is judged if its numbers are complete, else it stays open. */
  finish(): void;
  readonly judged: number;
  /** Where the closing ends that was judged last. */
  readonly judgedTo: number;
  /** What does not add up, the first up to a bound. */
  readonly imbalances: readonly Imbalance[];
  /** What the judged closings account for, by source. */
  readonly totals: ReadonlyMap<string, Readonly<BalanceTotals>>;
  /** Folded readings that no aggregate holds yet, by source, after the closing that was judged last. */
  readonly open: ReadonlyMap<string, number>;
}

export interface BalanceTotals {
  journaled: number;
  raw: number;
  folded: number;
  withheld: number;
  expired: number;
}

/** What may wait for its closing, in readings and stretches; some 30 MB. Books that were never closed by offset have none. */
const waitingMax = 1_000_000;

/** Imbalances told: a journal that was torn apart would have one for every source and interval. */
const imbalancesMax = 100;

interface Stretch {
  readonly from: number;
  readonly count: number;
  readonly klass: number;
}

interface Judgement {
  readonly wrong: Map<string, string>;
  readonly terms: ReadonlyMap<string, BalanceTotals>;
}

/**
 * `start`: closings that begin before it are passed over, for not all that they speak of is shown. `open`: as an earlier
 * look at the same books left it there.
 */
export function balance(
  start = 0,
  open: Iterable<readonly [string, number]> | undefined = start === 0 ? [] : undefined,
): Balance {
  const sources: string[] = [];
  const numbers = new Map<string, number>();
  /** Readings that are in no judged closing yet: where they lie, and whose and of which kind they are. */
  let offsets: number[] = [];
  let codes: number[] = [];
  let locals: Stretch[] = [];
  let gone: Stretch[] = [];
  let knowsLocals = true;
  const table = closings(start);
  const folded = aggregateCheck(open);
  const imbalances: Imbalance[] = [];
  const totals = new Map<string, BalanceTotals>();
  let judged = 0;
  let judgedTo = start;

  const numberOf = (source: string): number => {
    let number = numbers.get(source);
    if (number === undefined) {
      numbers.set(source, (number = sources.length));
      sources.push(source);
    }
    return number;
  };

  /** Beyond the bound what was shown is forgotten, and the closing that it belongs to proves nothing. */
  const makeRoom = (offset: number): void => {
    if (offsets.length + locals.length + gone.length < waitingMax) return;
    [offsets, codes, locals] = [[], [], []];
    gone = [{ from: judgedTo, count: Math.max(1, offset - judgedTo), klass: -1 }];
  };

  /** How many readings of each kind lie in a range, by source. */
  const countIn = (from: number, to: number): ReadonlyMap<string, readonly number[]> => {
    const found = new Map<string, number[]>();
    for (let i = 0; i < offsets.length; i++) {
      if (offsets[i]! < from || offsets[i]! >= to) continue;
      const source = sources[Math.floor(codes[i]! / 4)]!;
      let counts = found.get(source);
      if (!counts) found.set(source, (counts = [0, 0, 0]));
      counts[codes[i]! % 4]! += 1;
    }
    return found;
  };

  /** Whether the readings kept at the site are as many as the books say, whosever they are. */
  const localsDiffer = ({ offsets: { from, to }, kept }: Closing): string | undefined => {
    const touching = locals.filter((one) => overlap(one, from, to) > 0);
    const most = touching.reduce((sum, one) => sum + overlap(one, from, to), 0);
    const said = [...kept.values()].reduce((sum, one) => sum + one.folded + one.withheld, 0);
    return said === most ? undefined : `${most} readings were kept at the site, the books say ${said}`;
  };

  /** `complete`: the records of the closing lie before it. */
  const examine = (closing: Closing, complete: number): Judgement => {
    const { from, to } = closing.offsets;
    const missing = gone.filter((one) => overlap(one, from, complete) > 0);
    const wrong = new Map<string, string>();
    const terms = new Map<string, BalanceTotals>();
    // Where the books themselves may be among what is gone, nothing can be concluded from what is not there.
    if (missing.some(({ klass }) => klass !== classOf('reading'))) {
      folded.forget();
      return { wrong, terms };
    }
    const absent = missing.reduce((sum, one) => sum + overlap(one, from, to), 0);
    const found = countIn(from, to);
    let expired = 0;
    for (const source of new Set([...closing.journaled.keys(), ...closing.kept.keys(), ...found.keys()])) {
      const journaled = closing.journaled.get(source) ?? 0;
      const kept = closing.kept.get(source) ?? { folded: 0, withheld: 0 };
      const [raw = 0, foldedThere = 0, withheldThere = 0] = found.get(source) ?? [];
      const rest = journaled - raw - kept.folded - kept.withheld;
      if (rest < 0 || rest > absent)
        wrong.set(
          source,
          `journaled ${journaled}, but raw ${raw} + folded ${kept.folded} + withheld ${kept.withheld} + expired ${absent}`,
        );
      else if (knowsLocals && absent === 0 && (foldedThere !== kept.folded || withheldThere !== kept.withheld))
        wrong.set(
          source,
          `folded ${foldedThere} and withheld ${withheldThere}, the books say ${kept.folded} and ${kept.withheld}`,
        );
      expired += Math.max(0, rest);
      terms.set(source, { journaled, raw, folded: kept.folded, withheld: kept.withheld, expired: Math.max(0, rest) });
    }
    if (wrong.size === 0 && expired > absent)
      wrong.set('', `${expired} readings are not accounted for, and ${absent} records are gone`);
    const differs = knowsLocals || wrong.size > 0 ? undefined : localsDiffer(closing);
    if (differs !== undefined) wrong.set('', differs);
    folded.check(closing, wrong);
    return { wrong, terms };
  };

  const accept = (closing: Closing, { wrong, terms }: Judgement): void => {
    for (const [source, why] of wrong)
      if (imbalances.length < imbalancesMax)
        imbalances.push({ source, from: closing.from, to: closing.to, offsets: closing.offsets, why });
    for (const [source, term] of terms) totals.set(source, added(totals.get(source), term));
    judged += 1;
    judgedTo = closing.offsets.to;
  };

  /** A closing is told of at `offset`: the records of the ones before it lie before that. */
  const next = (begun: Offsets, offset: number): void => {
    const ready = table.before(begun);
    if (ready.length === 0) return;
    for (const closing of ready) {
      // The books have no hole: each closing begins where the one before ends.
      const judgement = examine(closing, offset);
      const mayBeGone = gone.some((one) => overlap(one, judgedTo, offset) > 0);
      if (judged > 0 && closing.offsets.from !== judgedTo && !mayBeGone)
        judgement.wrong.set('', `no closing speaks of the offsets ${judgedTo} to ${closing.offsets.from - 1}`);
      accept(closing, judgement);
    }
    const first = offsets.findIndex((offset) => offset >= judgedTo);
    offsets = first < 0 ? [] : offsets.slice(first);
    codes = first < 0 ? [] : codes.slice(first);
    locals = locals.filter((one) => one.from + one.count > judgedTo);
    gone = gone.filter((one) => one.from + one.count > judgedTo);
  };

  return {
    reading(offset, source, bits) {
      if ((bits & quality.redacted) !== 0) return;
      makeRoom(offset);
      offsets.push(offset);
      codes.push(numberOf(source) * 4 + kindOf(bits));
    },
    local(from, count) {
      knowsLocals = false;
      makeRoom(from);
      locals.push({ from, count, klass: 0 });
    },
    absent(from, count, klass) {
      makeRoom(from);
      gone.push({ from, count, klass });
    },
    ledger(rows, offset) {
      if (!rows.offsets) return;
      next(rows.offsets, offset);
      table.ledger(rows, rows.offsets);
    },
    fold(fold, offset) {
      next(fold.offsets, offset);
      table.fold(fold);
    },
    finish() {
      for (const closing of table.before()) {
        const judgement = examine(closing, Number.POSITIVE_INFINITY);
        if (judgement.wrong.size > 0) return;
        accept(closing, judgement);
      }
    },
    get judged() {
      return judged;
    },
    get judgedTo() {
      return judgedTo;
    },
    imbalances,
    totals,
    open: folded.open,
  };
}

const kindOf = (bits: number): number => ((bits & quality.folded) !== 0 ? 1 : (bits & quality.withheld) !== 0 ? 2 : 0);

const overlap = ({ from, count }: { from: number; count: number }, low: number, high: number): number =>
  Math.max(0, Math.min(from + count, high) - Math.max(from, low));

function added(sum: BalanceTotals | undefined, term: BalanceTotals): BalanceTotals {
  if (!sum) return term;
  return {
    journaled: sum.journaled + term.journaled,
    raw: sum.raw + term.raw,
    folded: sum.folded + term.folded,
    withheld: sum.withheld + term.withheld,
    expired: sum.expired + term.expired,
  };
}
