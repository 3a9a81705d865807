import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '@selvedge/kernel';
import { timeline } from './timeline.ts';

test('timeline: moments happen by time, those of one time in the order of planning [TST-2]', async () => {
  const line = timeline();
  const random = seeded(3);
  const seen: [at: number, order: number][] = [];
  for (let order = 0; order < 2_000; order++) {
    const at = Math.floor(random.next() * 50);
    line.plan(at, () => seen.push([at, order]));
  }
  await line.run(50);
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a[0] - b[0] || a[1] - b[1]),
  );
  assert.equal(seen.length, 2_000);
});

test('timeline: a run ends at its time, the next goes on [TST-2]', async () => {
  const line = timeline();
  const seen: number[] = [];
  for (const at of [10, 20, 30]) line.plan(at, () => seen.push(line.now));
  await line.run(20);
  assert.deepEqual([seen, line.now], [[10, 20], 20]);
  await line.run(25);
  assert.equal(line.now, 25);
  line.plan(5, () => seen.push(line.now));
  await line.run(30);
  assert.deepEqual(seen, [10, 20, 25, 30]);
});

test('timeline: all promise jobs of a moment run before the next moment [TST-3]', async () => {
  const line = timeline();
  const seen: string[] = [];
  const deep = async (depth: number): Promise<void> => {
    if (depth > 0) await deep(depth - 1);
  };
  line.plan(1, () => {
    void (async () => {
      for (let i = 0; i < 5_000; i++) await undefined;
      await deep(500);
      await new Promise<void>((resolve) => process.nextTick(resolve));
      await new Promise<void>((resolve) => queueMicrotask(resolve));
      seen.push('all jobs');
    })();
  });
  line.plan(1, () => seen.push('next moment'));
  await line.run(1);
  assert.deepEqual(seen, ['all jobs', 'next moment']);
});

test('timeline: jobs that wait before the run begins are done first [TST-3]', async () => {
  const line = timeline();
  const seen: string[] = [];
  void Promise.resolve().then(() => seen.push('job'));
  line.plan(0, () => seen.push('moment'));
  await line.run(0);
  assert.deepEqual(seen, ['job', 'moment']);
});

test('timeline: what a moment throws ends the run, and the next run goes on [TST-7]', async () => {
  const line = timeline();
  let later = 0;
  line.plan(1, () => {
    throw new Error('a bug');
  });
  line.plan(2, () => later++);
  await assert.rejects(line.run(5), /a bug/);
  await line.run(5);
  assert.equal(later, 1);
});

test('timeline: a program that waits for itself ends the run with an error [TST-7]', async () => {
  const line = timeline();
  const again = (): void => void line.plan(line.now, again);
  line.plan(3, again);
  await assert.rejects(line.run(10), /time stands still at 3 ms/);
});

test('timeline: two runs at once are a mistake, and NaN is no time [TST-7]', async () => {
  const line = timeline();
  const first = line.run(10);
  await assert.rejects(line.run(10), /runs already/);
  await first;
  assert.throws(() => line.plan(Number.NaN, () => undefined), RangeError);
});

test('timeline: moments that are taken back do not happen and do not pile up [TST-5]', async () => {
  const line = timeline();
  let happened = 0;
  const kept = line.plan(500, () => happened++);
  for (let i = 0; i < 20_000; i++) line.cancel(line.plan(1_000_000 + i, () => happened++));
  const lost = line.plan(400, () => happened++);
  line.cancel(lost);
  line.cancel(lost);
  await line.run(2_000_000);
  assert.equal(happened, 1);
  line.cancel(kept);
});
