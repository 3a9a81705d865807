import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { mock, test } from 'node:test';
import { days, millis } from '../../duration.ts';
import { systemClock, systemEntropy, systemRandom } from './index.ts';

test('system clock: wall is the time of day, ticks never go back [KER-6]', () => {
  assert.ok(Math.abs(systemClock.wall() - Date.now()) < 1_000);
  const ticks = Array.from({ length: 1_000 }, () => systemClock.ticks());
  assert.ok(ticks.every((tick, index) => index === 0 || tick >= ticks[index - 1]!));
});

test('system clock: a sleep takes as long as asked, not less [KER-6]', async () => {
  const start = systemClock.ticks();
  await systemClock.sleep(millis(20));
  assert.ok(systemClock.ticks() - start >= 19);
});

test('system clock: a sleep ends with the reason of the signal, and leaves no listener behind [KER-6]', async () => {
  const stop = new AbortController();
  const asleep = systemClock.sleep(days(1), stop.signal);
  stop.abort(new Error('enough'));
  await assert.rejects(asleep, /enough/);
  await assert.rejects(systemClock.sleep(millis(1), stop.signal), /enough/);
  const other = new AbortController();
  await systemClock.sleep(millis(1), other.signal);
  assert.deepEqual(getEventListeners(other.signal, 'abort'), []);
});

test('system clock: a sleep may be longer than the 24 days that a timer can count [KER-7]', async () => {
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    let awake = 0;
    let day = 0;
    const asleep = systemClock.sleep(days(60)).then(() => {
      awake = day;
    });
    // The mocked time stands still between two ticks, so each of the two ends of a timer costs at most a day.
    while (day++ < 62) {
      mock.timers.tick(days(1));
      for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    }
    await asleep;
    assert.ok(awake >= 60, `awake on day ${awake}`);
  } finally {
    mock.timers.reset();
  }
});

test('system clock: soon comes after what already waits in this turn [KER-6]', async () => {
  const order: string[] = [];
  const done = new Promise<void>((resolve) => systemClock.soon(resolve)).then(() => order.push('soon'));
  process.nextTick(() => order.push('tick'));
  queueMicrotask(() => order.push('microtask'));
  order.push('now');
  await done;
  assert.deepEqual([order.length, order[0], order[3]], [4, 'now', 'soon']);
});

test('system random and entropy: numbers in [0, 1), and as many bytes as asked [KER-6]', () => {
  const numbers = Array.from({ length: 1_000 }, () => systemRandom.next());
  assert.ok(numbers.every((number) => number >= 0 && number < 1));
  assert.deepEqual(
    [0, 1, 32].map((length) => systemEntropy.bytes(length).length),
    [0, 1, 32],
  );
  assert.notDeepEqual(systemEntropy.bytes(16), systemEntropy.bytes(16));
});
