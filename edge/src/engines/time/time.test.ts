import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logTo } from '@selvedge/kernel';
import { timeKeeper } from './time-keeper.ts';

const year = 365 * 86_400_000;

test('time: a jump of the wall clock puts it in doubt at once, the cloud ends the doubt [EDG-30]', () => {
  const clock = { wallNow: 1_800_000_000_000, ticksNow: 0 };
  const events: string[] = [];
  const keeper = timeKeeper(
    { wall: () => clock.wallNow, ticks: () => clock.ticksNow, sleep: () => Promise.resolve(), soon: (task) => task() },
    logTo((_level, event) => void events.push(event)),
    false,
  );
  clock.wallNow += 5_000;
  clock.ticksNow += 5_000;
  keeper.watch();
  assert.equal(keeper.unsure, false);
  for (const jump of [year, -year]) {
    clock.wallNow += jump;
    assert.equal(keeper.unsure, true, 'seen by the first reading after it');
    keeper.confirm(clock.wallNow - year);
    assert.equal(keeper.unsure, true, 'the cloud says otherwise');
    keeper.confirm(clock.wallNow + 2_000);
    assert.equal(keeper.unsure, false);
  }
  assert.deepEqual(events, ['clock.doubted', 'clock.confirmed', 'clock.doubted', 'clock.confirmed']);
});

test('time: slow corrections do not put the clock in doubt [EDG-30]', () => {
  const clock = { wallNow: 1_800_000_000_000, ticksNow: 0 };
  const keeper = timeKeeper(
    { wall: () => clock.wallNow, ticks: () => clock.ticksNow, sleep: () => Promise.resolve(), soon: (task) => task() },
    logTo(() => undefined),
    false,
  );
  for (let i = 0; i < 100; i++) {
    clock.wallNow += 1_500;
    clock.ticksNow += 1_000;
    keeper.watch();
  }
  assert.equal(keeper.unsure, false);
});

test('time: a node that has a cloud to ask doubts its clock until it was told [EDG-30]', () => {
  const clock = {
    wall: () => 1_800_000_000_000,
    ticks: () => 0,
    sleep: () => Promise.resolve(),
    soon: (task: () => void) => task(),
  };
  const keeper = timeKeeper(
    clock,
    logTo(() => undefined),
    true,
  );
  assert.equal(keeper.unsure, true);
  keeper.confirm(clock.wall() + 1_000);
  assert.equal(keeper.unsure, false);
});
