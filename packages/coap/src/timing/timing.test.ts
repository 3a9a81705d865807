import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '@selvedge/kernel';
import { simulatedClock, timeline } from '@selvedge/testkit';
import { deadlines } from './deadlines.ts';
import { firstSequence, isNewer, nextSequence } from './sequence.ts';

test('deadlines: each comes at its time, in order, unless it was taken back [COA-13]', async () => {
  const line = timeline();
  const some = deadlines(simulatedClock(line));
  const chance = seeded(1);
  const heard: number[] = [];
  const expected: number[] = [];
  for (let index = 0; index < 5_000; index++) {
    const wait = Math.floor(chance.next() * 10_000);
    const one = some.after(wait, () => {
      assert.equal(line.now, wait);
      heard.push(wait);
    });
    if (chance.next() < 0.8) one.cancel();
    else expected.push(wait);
  }
  await line.run(20_000);
  assert.deepEqual(
    heard,
    expected.sort((a, b) => a - b),
  );
});

test('deadlines: one that is set by another comes too, and none after the stop [COA-95]', async () => {
  const line = timeline();
  const some = deadlines(simulatedClock(line));
  const heard: string[] = [];
  some.after(10, () => void some.after(5, () => heard.push(`second at ${line.now}`)));
  await line.run(100);
  some.after(10, () => heard.push('never'));
  some.stop();
  await line.run(200);
  assert.deepEqual(heard, ['second at 15']);
});

test('sequence: numbers rise, also faster than time and across their end [COA-70]', async () => {
  const line = timeline();
  const clock = simulatedClock(line);
  let last = firstSequence(clock);
  for (let index = 0; index < 100; index++) {
    const next = nextSequence(clock, last);
    assert.ok(isNewer(next, last));
    last = next;
  }
  await line.run(60_000);
  assert.ok(isNewer(firstSequence(clock), last), 'a server that is restarted goes on above its old numbers');
  assert.equal(isNewer(1, 2 ** 24 - 1), true);
  assert.equal(isNewer(2 ** 24 - 1, 1), false);
  assert.equal(isNewer(5, 5), false);
});
