import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Interval } from './frame.ts';
import { addInterval, firstMissing, holdsInterval, meetsInterval } from './interval.ts';

const span = 40;
const interval: fc.Arbitrary<Interval> = fc
  .tuple(fc.nat(span), fc.nat(8))
  .map(([from, length]): Interval => [from, from + length]);
const offsets = [...Array(span + 12).keys()];

/** The offsets of `[from, to)`. */
const within = ([from, to]: Interval): number[] => offsets.filter((offset) => from <= offset && offset < to);

test('intervals: they are the set of the offsets that were added [PRO-43]', () => {
  const isTheSet = (added: readonly Interval[], question: Interval): void => {
    let all: readonly Interval[] = [];
    const model = new Set<number>();
    for (const one of added) {
      all = addInterval(all, one);
      for (const offset of within(one)) model.add(offset);
    }
    assert.deepEqual(
      all.flatMap(within),
      [...model].sort((a, b) => a - b),
    );
    for (const [i, [from, to]] of all.entries()) {
      assert.ok(from < to, 'an interval is empty');
      assert.ok(i === 0 || all[i - 1]![1] < from, 'intervals touch, overlap or are out of order');
    }
    const asked = within(question);
    if (asked.length > 0) {
      assert.equal(
        holdsInterval(all, question),
        asked.every((offset) => model.has(offset)),
      );
      assert.equal(
        meetsInterval(all, question),
        asked.some((offset) => model.has(offset)),
      );
    }
    for (const offset of offsets) {
      assert.equal(
        firstMissing(all, offset),
        offsets.concat(span + 12).find((one) => one >= offset && !model.has(one)),
      );
    }
  };
  fc.assert(fc.property(fc.array(interval, { maxLength: 25 }), interval, isTheSet), { seed: 43, numRuns: 2_000 });
});

test('intervals: what is empty changes and meets nothing [PRO-43]', () => {
  const all: readonly Interval[] = [[3, 7]];
  assert.equal(addInterval(all, [5, 5]), all);
  assert.equal(addInterval(all, [9, 4]), all);
  assert.equal(meetsInterval(all, [7, 9]), false);
  assert.equal(meetsInterval([], [0, 1]), false);
});

test('intervals: adding leaves the given ones as they were [PRO-43]', () => {
  const all: readonly Interval[] = Object.freeze([Object.freeze([0, 2] as const), Object.freeze([4, 6] as const)]);
  assert.deepEqual(addInterval(all, [2, 4]), [[0, 6]]);
  assert.deepEqual(all, [
    [0, 2],
    [4, 6],
  ]);
});
