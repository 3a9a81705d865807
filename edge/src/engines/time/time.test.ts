import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LogLevel, logTo } from '@selvedge/kernel';
import type { TimeCorrection } from '@selvedge/protocol';
import type { Told } from './corrections.ts';
import { timeKeeper } from './time-keeper.ts';

const year = 365 * 86_400_000;
const minute = 60_000;
const second = 1_000;

/** A keeper with both clocks and the journal's two ends in the hand of the test. */
function setUp({ willBeTold = false, wall = 1_800_000_000_000 } = {}) {
  const now = { wall, ticks: 0, next: 100, durable: 100, room: 1_000, isDelayed: false };
  const events: string[] = [];
  const corrections: TimeCorrection[] = [];
  const waiting: (() => void)[] = [];
  const keeper = timeKeeper({
    clock: {
      wall: () => now.wall,
      ticks: () => now.ticks,
      sleep: () => Promise.resolve(),
      soon: (task: () => void) => task(),
    },
    log: logTo((_level: LogLevel, event) => void events.push(event)),
    willBeTold,
    durable: () => now.durable,
    next: () => now.next,
    isDelayed: () => now.isDelayed,
    correct(one, durable) {
      if (corrections.length >= now.room) return false;
      corrections.push(one);
      waiting.push(durable);
      return true;
    },
  });
  /** So many readings come, and wait for the disk. */
  const arrive = (count: number): void => {
    assert.ok(typeof keeper.unsure === 'boolean');
    now.next += count;
  };
  const commit = (): void => {
    now.durable = now.next;
  };
  /** A reading a second, durable at once; the door asks about the clock before it takes one. */
  const pass = (milliseconds: number): void => {
    arrive(milliseconds / second);
    commit();
    now.wall += milliseconds;
    now.ticks += milliseconds;
    keeper.watch();
  };
  /** Two looks, as long as the end of a doubt takes that is over. */
  const settle = (): void => {
    keeper.watch();
    keeper.watch();
  };
  const written = (): void => {
    for (const durable of waiting.splice(0)) durable();
  };
  return { now, events, corrections, keeper, arrive, commit, pass, settle, written };
}

const runs = (corrections: readonly Told[]): unknown[] => corrections.map(({ from, to, by }) => [from, to, by]);

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
  const { now, keeper, corrections, settle } = setUp();
  for (let i = 0; i < 100; i++) {
    now.wall += 1_500;
    now.ticks += 1_000;
    keeper.watch();
  }
  keeper.confirm(now.wall);
  settle();
  assert.equal(keeper.unsure, false);
  assert.deepEqual(corrections, []);
});

test('time: a node that has a cloud to ask doubts its clock until it was told; one that was right is said to have been [EDG-30] [EDG-31]', () => {
  const { now, keeper, corrections, pass, settle } = setUp({ willBeTold: true });
  pass(10_000);
  assert.equal(keeper.unsure, true);
  keeper.confirm(now.wall + 1_000);
  assert.equal(keeper.unsure, false);
  settle();
  assert.deepEqual(corrections, [{ from: 100, to: 110, by: 0, at: now.wall + 1_000 }]);
  pass(10_000);
  keeper.confirm(now.wall);
  settle();
  assert.equal(corrections.length, 1, 'what was never in doubt is not corrected');
});

test('time: what was timed in doubt and is durable later is spoken of too, and what was derived from it [EDG-31]', () => {
  const { now, keeper, corrections, arrive, commit, settle } = setUp({ willBeTold: true });
  arrive(5);
  keeper.confirm(now.wall);
  arrive(2);
  keeper.watch();
  assert.deepEqual(corrections, [], 'on its way');
  commit();
  keeper.watch();
  // Derived from the durable ones, and waiting for the disk.
  arrive(3);
  now.isDelayed = true;
  commit();
  keeper.watch();
  assert.deepEqual(corrections, []);
  now.isDelayed = false;
  settle();
  assert.deepEqual(runs(corrections), [[100, 110, 0]]);
});

test('time: what comes after a refused commit gets the same offsets again, and is spoken of once [EDG-31]', () => {
  const { now, keeper, corrections, arrive, commit, settle } = setUp();
  arrive(10);
  now.wall += year;
  arrive(10);
  // The commit of all twenty is refused.
  now.next = now.durable;
  arrive(4);
  now.wall += year;
  arrive(3);
  now.next = now.durable;
  arrive(5);
  commit();
  keeper.confirm(now.wall - 2 * year);
  assert.deepEqual(runs(corrections), [[100, 105, -2 * year]]);
  arrive(1);
  now.wall -= 2 * year;
  keeper.confirm(now.wall);
  commit();
  settle();
  assert.deepEqual(runs(corrections).slice(1), [[105, 106, -2 * year]]);
});

test('time: a node that woke up without a battery says by how much each of its clocks was wrong [EDG-31]', () => {
  const { now, keeper, corrections, pass, settle } = setUp({ willBeTold: true, wall: 5_000 });
  const begun = 1_800_000_000_000;
  pass(20_000);
  now.wall += year;
  pass(30_000);
  now.wall = begun + now.ticks;
  keeper.watch();
  pass(10_000);
  keeper.confirm(now.wall);
  settle();
  assert.equal(keeper.unsure, false);
  assert.deepEqual(corrections, [
    { from: 100, to: 120, by: begun - 5_000, at: now.wall },
    { from: 120, to: 150, by: begun - 5_000 - year, at: now.wall },
    { from: 150, to: 160, by: 0, at: now.wall },
  ]);
});

test('time: a clock that nobody sets is corrected piece by piece, at each word of the cloud and every hour [EDG-31]', () => {
  const { now, keeper, corrections, pass, settle } = setUp({ willBeTold: true, wall: 1_700_000_000_000 });
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
  settle();
  assert.deepEqual(runs(corrections), [
    [100, 160, ahead],
    [160, 3_760, ahead],
    [3_760, 5_560, ahead],
  ]);
});

test('time: steps beyond the bound are told as one of which nobody knows, counted; none is left out [EDG-31] [EDG-32]', () => {
  const { now, keeper, corrections, pass, settle } = setUp();
  for (let i = 0; i < 70; i++) {
    now.wall += year;
    pass(2_000);
  }
  now.wall -= 70 * year;
  pass(2_000);
  keeper.confirm(now.wall);
  settle();
  assert.equal(corrections.length, 64);
  const [first] = corrections;
  assert.deepEqual([first!.from, first!.to, first!.by, first!.unknown], [100, 116, null, 'too-many-steps']);
  assert.ok(corrections.every(({ to }, index) => to === (corrections[index + 1]?.from ?? 242)));
  assert.match(keeper.metrics(), /edge_clock_corrections_total\{outcome="unknown"\} 1\n/);
  assert.match(keeper.metrics(), /edge_clock_corrections_total\{outcome="wrong"\} 62\n/);
});

test('time: what an earlier life left untold is told once the time is sure, and is untold until that is durable [EDG-32]', () => {
  const { now, keeper, corrections, events, pass, settle, written } = setUp({ willBeTold: true });
  const past: Told[] = [
    { from: 20, to: 30, by: -year },
    { from: 40, to: 50, by: null, unknown: 'restarted' },
    { from: 50, to: 60, by: null, unknown: 'restarted' },
  ];
  keeper.restore(past);
  pass(10_000);
  assert.deepEqual(corrections, []);
  assert.deepEqual(runs(keeper.untold), [
    [20, 30, -year],
    [40, 60, null],
    [100, 110, null],
  ]);
  now.room = 0;
  keeper.confirm(now.wall);
  settle();
  assert.deepEqual(corrections, [], 'no room for them to wait');
  now.room = 1_000;
  keeper.watch();
  assert.deepEqual(runs(corrections), [
    [20, 30, -year],
    [40, 60, null],
    [100, 110, 0],
  ]);
  assert.ok(corrections.some(({ unknown }) => unknown === 'restarted'));
  assert.equal(events.filter((event) => event === 'clock.unknown').length, 1);
  assert.deepEqual(runs(keeper.untold), runs(corrections));
  written();
  assert.deepEqual(keeper.untold, []);
  settle();
  assert.equal(corrections.length, 3);
});

test('time: a node without a cloud that believes its clock again says of what it doubted that nobody knows [EDG-32]', () => {
  const { now, keeper, corrections } = setUp();
  keeper.restore([{ from: 20, to: 30, by: null, unknown: 'restarted' }]);
  keeper.watch();
  assert.deepEqual(corrections, [{ from: 20, to: 30, by: null, unknown: 'restarted', at: now.wall }]);
});
