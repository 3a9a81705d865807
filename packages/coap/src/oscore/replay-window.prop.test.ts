import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { emptyWindow, type ReplayWindow, restoredWindow, windowFrom } from './replay-window.ts';

const size = fc.constantFrom(8, 32, 64, 256);
/** Steps forward and backward, mostly small, from wherever the highest number is. */
const steps = fc.array(
  fc.oneof(fc.integer({ min: -40, max: 5 }), fc.integer({ min: -300, max: 300 }), fc.integer({ min: 0, max: 1e9 })),
  { maxLength: 200 },
);

/** What a window of unbounded memory would say. */
function model(size: number) {
  const seen = new Set<number>();
  let highest = -1;
  return {
    has: (sequence: number) => sequence <= highest - size || seen.has(sequence),
    add(sequence: number) {
      seen.add(sequence);
      highest = Math.max(highest, sequence);
    },
    highest: () => highest,
  };
}

test('replay window: it knows every number as far back as its size, and takes older ones for seen [COA-230]', () => {
  fc.assert(
    fc.property(size, steps, fc.integer({ min: 0, max: 2 ** 39 }), (size, steps, first) => {
      const window = emptyWindow(size);
      const expected = model(size);
      for (const step of [first, ...steps]) {
        const sequence = Math.max(0, expected.highest() + step);
        assert.equal(window.has(sequence), expected.has(sequence), `${sequence} of ${expected.highest()}`);
        if (window.has(sequence)) continue;
        window.add(sequence);
        expected.add(sequence);
        assert.ok(window.has(sequence));
      }
    }),
    { seed: 11 },
  );
});

test('replay window: one that was kept and read again says the same, and a wider one takes the rest for seen [COA-231]', () => {
  fc.assert(
    fc.property(size, size, steps, (before, after, steps) => {
      const window = emptyWindow(before);
      let highest = -1;
      for (const step of steps) {
        const sequence = Math.max(0, highest + step);
        if (!window.has(sequence)) window.add(sequence);
        highest = Math.max(highest, sequence);
      }
      const restored = restoredWindow(after, window.state());
      for (let back = -3; back < 300; back++) {
        const sequence = highest - back;
        if (sequence < 0) break;
        const known = back < Math.min(before, after);
        assert.equal(restored.has(sequence), known ? window.has(sequence) : true, `${back} back`);
      }
    }),
    { seed: 12 },
  );
});

const taken = (window: ReplayWindow, numbers: readonly number[]): readonly number[] =>
  numbers.filter((sequence) => {
    if (window.has(sequence)) return false;
    window.add(sequence);
    return true;
  });

test('replay window: what comes late but within it is taken once, in any order [COA-230]', () => {
  const numbers = Array.from({ length: 32 }, (_, index) => 100 + index);
  fc.assert(
    fc.property(fc.shuffledSubarray(numbers, { minLength: 32 }), (shuffled) => {
      const window = emptyWindow(32);
      assert.deepEqual(taken(window, shuffled), shuffled);
      assert.deepEqual(taken(window, shuffled), []);
    }),
    { seed: 13 },
  );
});

test('replay window: one that begins with a number takes nothing up to it [COA-233]', () => {
  const window = windowFrom(32, 1_000);
  assert.deepEqual(taken(window, [0, 968, 969, 999, 1_000]), []);
  assert.deepEqual(taken(window, [1_002, 1_001, 1_001]), [1_002, 1_001]);
});
