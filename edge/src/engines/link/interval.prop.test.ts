import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addInterval, type Interval } from '@selvedge/protocol';
import fc from 'fast-check';
import { missingIn, subtractInterval } from './interval.ts';

const interval = fc.tuple(fc.nat(60), fc.nat(12)).map(([from, length]): Interval => [from, from + length]);
const offsetsOf = (all: readonly Interval[]): readonly number[] =>
  all.flatMap(([from, to]) => Array.from({ length: to - from }, (_, index) => from + index));

test('link: ranges without a range, and what of a range they lack, hold the offsets that they should [LNK-33]', () => {
  fc.assert(
    fc.property(fc.array(interval, { maxLength: 12 }), interval, (some, [from, to]) => {
      const all = some.reduce<readonly Interval[]>(addInterval, []);
      const held = new Set(offsetsOf(all));
      const left = subtractInterval(all, [from, to]);
      assert.deepEqual(
        offsetsOf(left),
        [...held].sort((one, other) => one - other).filter((offset) => offset < from || offset >= to),
      );
      assert.ok(left.every((one, index) => one[0] < one[1] && (index === 0 || left[index - 1]![1] <= one[0])));
      assert.deepEqual(
        offsetsOf(missingIn(all, [from, to])),
        offsetsOf([[from, to]]).filter((offset) => !held.has(offset)),
      );
    }),
    { seed: 33, numRuns: 2_000 },
  );
});
