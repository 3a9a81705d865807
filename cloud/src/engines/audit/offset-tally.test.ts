import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Fingerprint, offsetTally } from './offset-tally.ts';
import { places } from './places.ts';

const print = (of: number): Fingerprint => [of, 0xffff_ffff, 0, of];

test('audit: an offset is stored once, and then again, altered or unknown [CLD-18]', () => {
  const tally = offsetTally(100, 5);
  tally.expect(100, print(1), false);
  tally.expect(101, print(2), false);
  tally.expect(103, print(4), true);
  assert.equal(tally.see(100, print(1)), 'stored');
  assert.equal(tally.see(100, print(1)), 'again');
  assert.equal(tally.see(101, [2, 0xffff_ffff, 1, 2]), 'altered');
  assert.deepEqual(
    [99, 102, 103, 105, 1e15].map((offset) => tally.see(offset, print(4))),
    ['unknown', 'unknown', 'unknown', 'unknown', 'unknown'],
  );
});

test('audit: missing is what was expected and not seen, but not what is still to come [CLD-19]', () => {
  const tally = offsetTally(10, 6);
  for (const offset of [10, 12, 13, 15]) tally.expect(offset, print(offset), offset === 13);
  tally.see(12, print(12));
  assert.deepEqual([...tally.missing()], [10, 15]);
});

test('audit: places are told by offset, and no more of them than the bound', () => {
  const found = places(3);
  for (const offset of [9, 7, 8, 1]) found.add(offset, 'x');
  assert.deepEqual(
    found.all().map(({ offset }) => offset),
    [7, 8, 9],
  );
});
