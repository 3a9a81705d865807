import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Interval } from '@selvedge/protocol';
import { longest } from './longest.ts';

test('link: of very many intervals a welcome tells the longest, in order [LNK-2]', () => {
  const few: readonly Interval[] = [
    [0, 1],
    [5, 9],
  ];
  assert.equal(longest(few), few);
  const many = Array.from({ length: 10_000 }, (_, index): Interval => [index * 100, index * 100 + (index % 3) + 1]);
  const kept = longest(many);
  assert.equal(kept.length, 4_096);
  assert.ok(kept.every((one, index) => index === 0 || kept[index - 1]![1] < one[0]));
  assert.equal(kept.filter(([from, to]) => to - from === 3).length, 3_333);
});
