import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anomalyScore, slidingWindow } from './index.ts';

const seed = 20_260;
const samples = fc.array(
  fc.record({
    step: fc.oneof({ weight: 50, arbitrary: fc.integer({ min: 0, max: 2_000 }) }, fc.integer({ min: 0, max: 90_000 })),
    value: fc.double({ min: -1e4, max: 1e4, noNaN: true }),
  }),
  { maxLength: 700 },
);

const direct = (values: readonly number[]): { mean: number; deviation: number } => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
};

test(`window: running sums equal a direct computation over the last 5 minutes, seed ${seed} [STR-1]`, () => {
  fc.assert(
    fc.property(samples, (steps) => {
      const window = slidingWindow(1_000);
      const all: { time: number; value: number }[] = [];
      let time = 0;
      for (const { step, value } of steps) {
        time += step;
        window.forget(time - 300_000);
        const inside = all.filter((one) => one.time > time - 300_000).map((one) => one.value);
        assert.equal(window.count, inside.length);
        if (inside.length > 0) {
          const { mean, deviation } = direct(inside);
          assert.ok(Math.abs(window.mean - mean) < 1e-6);
          assert.ok(Math.abs(window.deviation - deviation) < 1e-3, `${window.deviation} against ${deviation}`);
        }
        window.push(time, value);
        all.push({ time, value });
      }
    }),
    { seed, numRuns: 200 },
  );
});

test('window: a constant far from zero has no deviation and no score, however long it runs [STR-1]', () => {
  const window = slidingWindow(64);
  for (let i = 0; i < 10_000; i++) {
    window.forget(i - 50);
    window.push(i, 101_325.1);
  }
  assert.equal(window.deviation, 0);
  assert.equal(anomalyScore(window, 101_325.2), 0);
});

test('window: at its bound the oldest sample gives way and is counted [STR-2]', () => {
  const window = slidingWindow(20);
  for (let i = 0; i < 25; i++) window.push(i, i);
  assert.equal(window.count, 20);
  assert.equal(window.shortened, 5);
  assert.equal(window.mean, 14.5);
});
