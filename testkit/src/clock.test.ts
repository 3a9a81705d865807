import assert from 'node:assert/strict';
import { test } from 'node:test';
import { millis, seconds } from '@selvedge/kernel';
import { simulatedClock, wallAtBeginning } from './clock.ts';
import { timeline } from './timeline.ts';

test('simulated clock: a sleeper wakes after its wait, and no real time passes [TST-2]', async () => {
  const line = timeline();
  const clock = simulatedClock(line);
  const woke: number[] = [];
  for (const wait of [3, 1, 2]) void clock.sleep(seconds(wait)).then(() => woke.push(clock.ticks()));
  await line.run(86_400_000);
  assert.deepEqual(woke, [1_000, 2_000, 3_000]);
  assert.equal(clock.ticks(), 86_400_000);
  assert.equal(clock.wall(), wallAtBeginning + 86_400_000);
});

test('simulated clock: the wall jumps, ticks and sleepers do not notice [TST-4]', async () => {
  const line = timeline();
  const clock = simulatedClock(line, { wall: 1_000_000 });
  const seen: [wall: number, ticks: number][] = [];
  void clock.sleep(millis(100)).then(() => seen.push([clock.wall(), clock.ticks()]));
  line.plan(50, () => clock.jumpWall(-500_000));
  await line.run(100);
  line.plan(100, () => clock.jumpWall(900_000));
  await line.run(200.5);
  seen.push([clock.wall(), clock.ticks()]);
  assert.deepEqual(seen, [
    [500_100, 100],
    [1_400_200, 200.5],
  ]);
});

test('simulated clock: an aborted sleep rejects with the reason at once and leaves nothing behind [TST-5]', async () => {
  const line = timeline();
  const clock = simulatedClock(line);
  const over = new AbortController();
  const outcome: unknown[] = [];
  void clock.sleep(seconds(60), over.signal).catch((cause: unknown) => outcome.push(cause, clock.ticks()));
  line.plan(5, () => over.abort('enough'));
  await line.run(100_000);
  assert.deepEqual(outcome, ['enough', 5]);
  assert.equal(line.happened, 1);
  await assert.rejects(clock.sleep(seconds(1), over.signal), (cause) => cause === 'enough');
});

test('simulated clock: a sleep that ended does not listen to its signal any more [TST-5]', async () => {
  const line = timeline();
  const clock = simulatedClock(line);
  const over = new AbortController();
  let woke = 0;
  void clock.sleep(millis(1), over.signal).then(() => woke++);
  await line.run(10);
  over.abort();
  await line.run(20);
  assert.equal(woke, 1);
});

test('simulated clock: soon is at the same time, after what is planned for it [TST-6]', async () => {
  const line = timeline();
  const clock = simulatedClock(line);
  const seen: string[] = [];
  line.plan(7, () => {
    clock.soon(() => seen.push(`soon ${clock.ticks()}`));
    void Promise.resolve().then(() => seen.push('job'));
    seen.push('first');
  });
  line.plan(7, () => seen.push('second'));
  await line.run(7);
  assert.deepEqual(seen, ['first', 'job', 'second', 'soon 7']);
});

test('simulated clock: what waits on a life that ended is forgotten [TST-8]', async () => {
  const line = timeline();
  const life = { ended: false };
  const clock = simulatedClock(line, { life });
  let woke = 0;
  void clock.sleep(millis(10)).then(() => woke++);
  clock.soon(() => woke++);
  life.ended = true;
  await line.run(100);
  assert.equal(woke, 0);
});
