import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logTo } from '@selvedge/kernel';
import type { TimeCorrection } from '@selvedge/protocol';
import { timeKeeper } from './time-keeper.ts';

const year = 365 * 86_400_000;
const minute = 60_000;

/** A keeper with both clocks and the journal's next offset in the hand of the test. */
function setUp({ willBeTold = false, wall = 1_800_000_000_000 } = {}) {
  const now = { wall, ticks: 0, head: 100 };
  const events: string[] = [];
  const corrections: TimeCorrection[] = [];
  const keeper = timeKeeper({
    clock: {
      wall: () => now.wall,
      ticks: () => now.ticks,
      sleep: () => Promise.resolve(),
      soon: (task: () => void) => task(),
    },
    log: logTo((_level, event) => void events.push(event)),
    willBeTold,
    head: () => now.head,
    correct: (one) => void corrections.push(one),
  });
  // A reading a second; the door asks about the clock before it takes one.
  const pass = (milliseconds: number): void => {
    assert.ok(typeof keeper.unsure === 'boolean');
    now.wall += milliseconds;
    now.ticks += milliseconds;
    now.head += milliseconds / 1_000;
    keeper.watch();
  };
  return { now, events, corrections, keeper, pass };
}

test('time: a jump of the wall clock puts it in doubt at once, the cloud ends the doubt [EDG-30]', () => {
  const { now, events, keeper, pass } = setUp();
  pass(5_000);
  assert.equal(keeper.unsure, false);
  for (const jump of [year, -year]) {
    now.wall += jump;
    assert.equal(keeper.unsure, true, 'seen by the first reading after it');
    keeper.confirm(now.wall - year);
    assert.equal(keeper.unsure, true, 'the cloud says otherwise');
    keeper.confirm(now.wall + 2_000);
    assert.equal(keeper.unsure, false);
  }
  assert.deepEqual(
    events.filter((event) => event !== 'clock.corrected'),
    ['clock.doubted', 'clock.confirmed', 'clock.doubted', 'clock.confirmed'],
  );
});

test('time: slow corrections do not put the clock in doubt [EDG-30]', () => {
  const { now, keeper, corrections } = setUp();
  for (let i = 0; i < 100; i++) {
    now.wall += 1_500;
    now.ticks += 1_000;
    keeper.watch();
  }
  keeper.confirm(now.wall);
  keeper.watch();
  assert.equal(keeper.unsure, false);
  assert.deepEqual(corrections, []);
});

test('time: a node that has a cloud to ask doubts its clock until it was told; one that was right is said to have been [EDG-30] [EDG-31]', () => {
  const { now, keeper, corrections, pass } = setUp({ willBeTold: true });
  pass(10_000);
  assert.equal(keeper.unsure, true);
  keeper.confirm(now.wall + 1_000);
  assert.equal(keeper.unsure, false);
  assert.deepEqual(corrections, [], 'what was timed in doubt may still come');
  now.head += 2;
  keeper.watch();
  assert.deepEqual(corrections, [{ from: 100, to: 112, by: 0, at: now.wall + 1_000 }]);
  pass(10_000);
  keeper.confirm(now.wall);
  keeper.watch();
  assert.equal(corrections.length, 1, 'what was never in doubt is not corrected');
});

test('time: a node that woke up without a battery says by how much each of its clocks was wrong [EDG-31]', () => {
  const { now, keeper, corrections, pass } = setUp({ willBeTold: true, wall: 5_000 });
  const begun = 1_800_000_000_000;
  pass(20_000);
  now.wall += year;
  pass(30_000);
  now.wall = begun + now.ticks;
  keeper.watch();
  pass(10_000);
  keeper.confirm(now.wall);
  keeper.watch();
  assert.equal(keeper.unsure, false);
  assert.deepEqual(corrections, [
    { from: 100, to: 120, by: begun - 5_000, at: now.wall },
    { from: 120, to: 150, by: begun - 5_000 - year, at: now.wall },
    { from: 150, to: 160, by: 0, at: now.wall },
  ]);
});

test('time: a clock that nobody sets is corrected piece by piece, at each word of the cloud and every hour [EDG-31]', () => {
  const { now, keeper, corrections, pass } = setUp({ willBeTold: true, wall: 1_700_000_000_000 });
  const ahead = 7 * 86_400_000;
  pass(minute);
  keeper.confirm(now.wall + ahead);
  assert.equal(keeper.unsure, true);
  pass(59 * minute);
  assert.equal(corrections.length, 1);
  pass(minute);
  pass(30 * minute);
  now.wall += ahead;
  keeper.watch();
  keeper.confirm(now.wall);
  keeper.watch();
  assert.deepEqual(
    corrections.map(({ from, to, by }) => [from, to, by]),
    [
      [100, 160, ahead],
      [160, 3_760, ahead],
      [3_760, 5_560, ahead],
    ],
  );
});
