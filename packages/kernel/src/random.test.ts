import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis, seconds } from './duration.ts';
import { backoff, drawSecret, seeded, seededEntropy } from './random.ts';

const draw = (seed: number, count: number): readonly number[] => {
  const random = seeded(seed);
  return Array.from({ length: count }, () => random.next());
};

test('random: the same seed gives the same sequence, another seed another [KER-8]', () => {
  assert.deepEqual(draw(7, 100), draw(7, 100));
  assert.notDeepEqual(draw(7, 5), draw(8, 5));
});

test('random: the sequence of a seed does not change between versions, because histories are replayed by seed [KER-8]', () => {
  assert.deepEqual(draw(1, 3), [0.6270739405881613, 0.002735721180215478, 0.5274470399599522]);
});

test('random: numbers lie in [0, 1), evenly [KER-8]', () => {
  const numbers = draw(42, 100_000);
  const tenths = Array(10).fill(0);
  for (const number of numbers) tenths[Math.floor(number * 10)]++;
  for (const count of tenths) assert.ok(Math.abs(count - 10_000) < 400, `${tenths}`);
});

test('random: seeded entropy repeats too, over all bytes [KER-8]', () => {
  const bytes = seededEntropy(3).bytes(10_000);
  assert.deepEqual(bytes, seededEntropy(3).bytes(10_000));
  assert.equal(new Set(bytes).size, 256);
});

test('random: back-off is full jitter, doubling from min up to max, whatever the attempt [KER-9]', () => {
  const range = { min: millis(500), max: seconds(30) };
  const longest = { next: () => 1 };
  const ceilings = [0, 1, 2, 5, 6, 7, 1_000, 5_000].map((attempt) => backoff(longest, attempt, range));
  assert.deepEqual(ceilings, [500, 1_000, 2_000, 16_000, 30_000, 30_000, 30_000, 30_000]);
  assert.equal(backoff({ next: () => 0 }, 9, range), 0);
  assert.equal(backoff(longest, 5_000, { min: millis(0), max: seconds(30) }), 0);
});

test('random: a drawn secret is one word that no command line takes for an option [KER-30]', () => {
  const dashes = { bytes: (length: number) => new Uint8Array(length).fill(0xfb) };
  assert.match(drawSecret(dashes), /^s-[\w-]{42}$/);
  assert.match(drawSecret(seededEntropy(1)), /^s[\w-]{43}$/);
});
