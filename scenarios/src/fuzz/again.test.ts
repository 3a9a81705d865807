import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leftBehind } from './again.ts';

const levels = (objects: readonly number[], bytes: readonly number[]) =>
  objects.map((count, at) => ({ objects: count, bytes: bytes[at]! }));
const same = [7, 7, 7, 7, 7];

test('again: objects or bytes that rise each time are what the inputs leave behind [TST-41]', () => {
  assert.equal(leftBehind(levels([10, 15, 20, 25, 31], same), 500)?.includes(' 5 objects '), true);
  assert.equal(leftBehind(levels(same, [0, 50_000, 90_000, 140_000, 200_000]), 500)?.includes(' 45000 bytes '), true);
});

test('again: a table that doubles and code that is dropped do not hide a leak [TST-41]', () => {
  assert.notEqual(leftBehind(levels(same, [0, 30_000, 900_000, 930_000, 600_000]), 500), undefined);
});

test('again: what goes up and down, or settles, is no growth [TST-41]', () => {
  assert.equal(leftBehind(levels([10, 14, 11, 15, 12], [0, 9_000, 14_000, 600_000, 604_000]), 500), undefined);
  assert.equal(leftBehind(levels([10, 11, 12, 13, 14], same), 500), undefined);
});

test('again: what swings is no growth, whichever way it goes last [TST-41]', () => {
  const still = Array<number>(7).fill(7);
  for (const swing of [
    [0, 65_000, 1_000, 66_000, 2_000, 67_000, 66_000],
    [0, 105_000, 210_000, 52_000, 157_000, 0, 105_000],
    [0, 60_000, 120_000, 180_000, 0, 60_000, 120_000],
  ])
    assert.equal(leftBehind(levels(still, swing), 500), undefined, swing.join());
});
