import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anomalyScore, freshGuard, paneTable, passGuard, slidingWindow } from './index.ts';

test('score: is min(|z| / 3, 1) against the window without the reading itself [STR-3]', () => {
  const window = slidingWindow(100);
  for (const value of [10, 12, 10, 12]) window.push(0, value);
  assert.equal(anomalyScore(window, 50), 0, 'four samples say nothing');
  window.push(0, 10);
  window.push(0, 12);
  assert.ok(Math.abs(anomalyScore(window, 12.5) - 0.5) < 1e-12, 'mean 11, deviation 1, z 1.5');
  assert.equal(anomalyScore(window, 50), 1);
});

test('guard: fires at the n-th wrong in a row, then rests for its cooldown [STR-4]', () => {
  const state = freshGuard();
  const limits = { inARow: 2, cooldown: 1_000 };
  const fired = [true, true, true, false, true, true].map((wrong, index) =>
    passGuard(state, limits, wrong, index * 300),
  );
  assert.deepEqual(fired, [false, true, false, false, false, true]);
});

test('guard: a clock that jumps back does not keep it shut [STR-4]', () => {
  const state = freshGuard();
  const limits = { inARow: 1, cooldown: 1_000 };
  assert.equal(passGuard(state, limits, true, 1e12), true);
  assert.equal(passGuard(state, limits, true, 1e12 - 31e9), true);
});

test('panes: their joined statistics equal those of all samples at once [STR-5]', () => {
  const panes = paneTable(3);
  const samples = [[1, 5, 9], [2, 4], [-3], [8, 8, 8, 0]];
  // Rows beyond the first slab, and a neighbour that hears other things.
  const rows = Array.from({ length: 1_100 }, () => panes.open());
  for (const [index, slice] of samples.entries()) {
    if (index > 0) panes.turn();
    for (const value of slice) for (const row of [rows[7]!, rows[1_099]!]) panes.add(row, value);
    panes.add(rows[8]!, 1e9);
  }
  const kept = samples.slice(1).flat();
  const mean = kept.reduce((sum, value) => sum + value, 0) / kept.length;
  const deviation = Math.sqrt(kept.reduce((sum, value) => sum + (value - mean) ** 2, 0) / kept.length);
  assert.equal(panes.summary(rows[9]!).count, 0);
  assert.deepEqual(panes.summary(rows[7]!), panes.summary(rows[1_099]!));
  const summary = panes.summary(rows[7]!);
  assert.equal(summary.count, 7);
  assert.equal(summary.min, -3);
  assert.equal(summary.max, 8);
  assert.ok(Math.abs(summary.mean - mean) < 1e-12);
  assert.ok(Math.abs(summary.deviation - deviation) < 1e-12);
});
