import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, every } from './clock.ts';
import { type Duration, seconds } from './duration.ts';

/** A clock whose sleeps end when the test says so. */
function handClock() {
  const asked: Duration[] = [];
  let wake: () => void = () => undefined;
  const clock: Clock = {
    wall: () => 0,
    ticks: () => 0,
    soon: (task) => queueMicrotask(task),
    sleep: (wait, signal) =>
      new Promise((resolve, reject) => {
        asked.push(wait);
        wake = resolve;
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
  };
  return { clock, asked, ring: () => wake() };
}

/** Long enough for everything that waits on promises alone. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
};

test('clock: every calls its task after each period, until the signal [KER-4]', async () => {
  const { clock, asked, ring } = handClock();
  const stop = new AbortController();
  let calls = 0;
  const loop = every(clock, seconds(5), stop.signal, () => void calls++);
  assert.equal(calls, 0);
  for (let round = 1; round <= 3; round++) {
    ring();
    await settle();
    assert.equal(calls, round);
  }
  stop.abort();
  await loop;
  assert.deepEqual([calls, asked], [3, Array(4).fill(seconds(5))]);
});

test('clock: every waits for its task, so calls never overlap [KER-4]', async () => {
  const { clock, asked, ring } = handClock();
  const stop = new AbortController();
  let finish: () => void = () => undefined;
  const loop = every(clock, seconds(1), stop.signal, () => new Promise<void>((resolve) => (finish = resolve)));
  ring();
  await settle();
  assert.equal(asked.length, 1, 'it sleeps again only when the task is done');
  finish();
  await settle();
  assert.equal(asked.length, 2);
  stop.abort();
  await loop;
});

test('clock: every ends with the error of its task [KER-5]', async () => {
  const { clock, ring } = handClock();
  const loop = every(clock, seconds(1), new AbortController().signal, () => {
    throw new Error('disk gone');
  });
  ring();
  await assert.rejects(loop, /disk gone/);
});

test('clock: every does nothing when the signal has come before [KER-4]', async () => {
  const { clock, asked } = handClock();
  await every(clock, seconds(1), AbortSignal.abort(), () => assert.fail('called'));
  assert.deepEqual(asked, []);
});

test('clock: a sleep that fails without the signal ends every [KER-5]', async () => {
  const { clock } = handClock();
  const broken: Clock = { ...clock, sleep: () => Promise.reject(new Error('no time')) };
  await assert.rejects(
    every(broken, seconds(1), new AbortController().signal, () => undefined),
    /no time/,
  );
});
