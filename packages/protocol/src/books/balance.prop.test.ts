import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Fold, FoldRow, LedgerRows } from '../ledger.ts';
import { quality } from '../reading.ts';
import { classOf, localClass } from '../record/kind.ts';
import { balance } from './balance.ts';

const seed = 23;

/** One record of a journal. */
type Lying =
  | { readonly kind: 'reading'; readonly source: string; readonly bits: number }
  | { readonly kind: 'ledger'; readonly body: LedgerRows }
  | { readonly kind: 'fold'; readonly body: Fold };

const sources = ['a', 'b', 'c'];
const bitsOf = [0, quality.folded, quality.withheld];

/** For each closing the readings before it: whose, and of which kind. */
const books = fc.array(fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { maxLength: 12 }), { minLength: 2, maxLength: 6 });

/** A journal whose books are sound; the last closing is followed by an empty one, so that it is judged. */
function soundJournal(closings: readonly (readonly (readonly [number, number])[])[]): Lying[] {
  const all: Lying[] = [];
  const open = new Map<string, number>();
  let from = 0;
  for (const [index, readings] of [...closings, [[0, 1] as const]].entries()) {
    for (const [who, kind] of readings) all.push({ kind: 'reading', source: sources[who]!, bits: bitsOf[kind]! });
    const times = { from: index, to: index + 1, offsets: { from, to: all.length } };
    from = all.length;
    const countOf = (source: string, kind?: number): number =>
      readings.filter(([who, is]) => sources[who] === source && (kind === undefined || is === kind)).length;
    const rows = sources.map((source) => ({
      ...{ source, received: countOf(source), refused: 0, duplicates: 0, quarantined: 0 },
      journaled: countOf(source),
    }));
    const kept = sources.flatMap((source): FoldRow[] => {
      const count = countOf(source, 1);
      const sum = (open.get(source) ?? 0) + count;
      const isDue = index % 2 === 1;
      open.set(source, isDue ? 0 : sum);
      const aggregate = { from: index, to: index + 1, count: sum, metrics: [] };
      return [
        { source, reason: 'folded', policy: '', count, open: isDue ? 0 : sum, ...(isDue && { aggregate }) },
        { source, reason: 'withheld', policy: '', count: countOf(source, 2) },
      ];
    });
    all.push({ kind: 'ledger', body: { ...times, rows } });
    // In two records, as large closings are.
    all.push({ kind: 'fold', body: { ...times, derivedBefore: from, rows: kept.slice(0, 4) } });
    all.push({ kind: 'fold', body: { ...times, derivedBefore: from, rows: kept.slice(4) } });
  }
  return all;
}

/** `isCloud`: of what stays at the site only the number is known. Undefined records are gone, of class `klass`. */
function judge(all: readonly (Lying | undefined)[], isCloud: boolean, klass = classOf('reading')) {
  const found = balance();
  for (const [offset, one] of all.entries()) {
    if (one === undefined) found.absent(offset, 1, klass);
    else if (one.kind === 'reading' && isCloud && one.bits !== 0) found.local(offset, 1);
    else if (one.kind === 'reading') found.reading(offset, one.source, one.bits);
    else if (one.kind === 'ledger') found.ledger(one.body, offset);
    else found.fold(one.body, offset);
  }
  found.finish();
  return found;
}

test('balance: sound books balance on both sides, and say where every reading went [LED-4] [LED-5]', () => {
  const holds = (closings: Parameters<typeof soundJournal>[0], isCloud: boolean): void => {
    const all = soundJournal(closings);
    const { imbalances, judged, totals } = judge(all, isCloud);
    assert.deepEqual(imbalances, []);
    assert.equal(judged, closings.length + 1);
    for (const source of sources) {
      const own = all.filter((one) => one.kind === 'reading' && one.source === source);
      assert.equal(totals.get(source)!.journaled, own.length);
    }
  };
  fc.assert(fc.property(books, fc.boolean(), holds), { seed, numRuns: 300 });
});

/** What somebody could have got wrong. Each gives undefined where the story has no place for it. */
type Plant = (all: readonly Lying[], at: number) => readonly (Lying | undefined)[] | undefined;
const change = (
  all: readonly Lying[],
  at: number,
  to: (one: Lying) => Lying | undefined,
): readonly Lying[] | undefined => {
  const found = all.slice(0, -4).findIndex((one, index) => index >= at && to(one) !== undefined);
  return found < 0 ? undefined : all.map((one, index) => (index === found ? to(one)! : one));
};
const rowChange =
  (to: (row: FoldRow) => FoldRow | undefined) =>
  (one: Lying): Lying | undefined => {
    if (one.kind !== 'fold' || !one.body.rows.some((row) => to(row) !== undefined)) return undefined;
    const first = one.body.rows.findIndex((row) => to(row) !== undefined);
    const rows = one.body.rows.map((row, index) => (index === first ? to(row)! : row));
    return { kind: 'fold', body: { ...one.body, rows } };
  };
const plants: Readonly<Record<string, Plant>> = {
  'a reading became another’s': (all, at) =>
    change(all, at, (one) =>
      one.kind === 'reading' && one.bits === 0 ? { ...one, source: `${one.source}x` } : undefined,
    ),
  'a raw reading was counted as folded': (all, at) =>
    change(all, at, (one) => (one.kind === 'reading' && one.bits === 0 ? { ...one, bits: quality.folded } : undefined)),
  'the doors counted one twice': (all, at) =>
    change(all, at, (one) => {
      if (one.kind !== 'ledger') return undefined;
      const rows = one.body.rows.map((row, index) => (index === 0 ? { ...row, journaled: row.journaled + 1 } : row));
      return { kind: 'ledger', body: { ...one.body, rows } };
    }),
  'a fold counts one more': (all, at) =>
    change(
      all,
      at,
      rowChange((row) => ({ ...row, count: row.count + 1 })),
    ),
  'a fold was told for another source': (all, at) =>
    change(
      all,
      at,
      rowChange((row) => (row.count > 0 ? { ...row, source: 'z' } : undefined)),
    ),
  'an aggregate lacks one': (all, at) =>
    change(
      all,
      at,
      rowChange(({ aggregate, ...row }) =>
        aggregate ? { ...row, aggregate: { ...aggregate, count: aggregate.count - 1 } } : undefined,
      ),
    ),
  'open readings were forgotten': (all, at) =>
    change(
      all,
      at,
      rowChange((row) => (row.open ? { ...row, open: 0 } : undefined)),
    ),
  'the doors’ part of a closing was never written': (all, at) =>
    change(all, at, (one) =>
      one.kind === 'ledger' && one.body.rows.some((row) => row.journaled > 0)
        ? { kind: 'ledger', body: { ...one.body, rows: [] } }
        : undefined,
    ),
};

for (const [name, plant] of Object.entries(plants))
  test(`balance: it is noticed on either side when ${name} [LED-6]`, () => {
    let planted = 0;
    const notices = (closings: Parameters<typeof soundJournal>[0], isCloud: boolean, chance: number): void => {
      const sound = soundJournal(closings);
      const wrong = plant(sound, chance % sound.length);
      if (!wrong) return;
      planted += 1;
      assert.ok(judge(wrong, isCloud).imbalances.length > 0);
    };
    fc.assert(fc.property(books, fc.boolean(), fc.nat(50), notices), { seed, numRuns: 200 });
    assert.ok(planted > 20, `${planted} planted`);
  });

test('balance: what expired is told apart from what is missing, and gone books prove nothing [LED-5] [LED-8]', () => {
  const all = soundJournal([
    [
      [0, 0],
      [1, 0],
    ],
    [[0, 0]],
  ]);
  const gone = all.map((one, index) => (index === 0 ? undefined : one));
  const { imbalances, totals } = judge(gone, true);
  assert.deepEqual([imbalances, totals.get('a')!.expired], [[], 1]);
  const bookless = all.map((one) => (one.kind === 'reading' ? one : undefined));
  assert.deepEqual(judge(bookless, true, classOf('ledger')).imbalances, []);
  const both = all.map((one, index) => (index === 2 ? undefined : one));
  assert.deepEqual(judge(both, true, classOf('ledger')).imbalances, []);
  assert.equal(localClass, 4);
});
