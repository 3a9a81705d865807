import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '@selvedge/kernel';
import { handClock } from '../../../../testkit/src/disk/hand-clock.ts';
import { journalMetrics } from '../metrics.ts';
import { ages } from './ages.ts';

const year = 365 * 24 * 3_600_000;

function started(about: { wall?: number; lastAt?: number } = {}) {
  const clock = handClock();
  if (about.wall !== undefined) clock.jumpWall(about.wall - clock.wall());
  const metrics = journalMetrics();
  const options = { jumps: [], offset: 100, lastAt: about.lastAt };
  return { clock, metrics, age: ages(options, { clock, log: silentLog, metrics, changed: () => undefined }) };
}

test('ages: time that passes makes records older, a jump of the wall clock does not [JRN-25]', async () => {
  const { clock, metrics, age } = started();
  const writtenAt = age.look(100);
  await clock.advance(5_000);
  age.look(101);
  assert.equal(age.age(writtenAt, 100), 5_000);
  clock.jumpWall(10 * year);
  await clock.advance(1_000);
  const later = age.look(110);
  assert.equal(age.age(writtenAt, 100), 6_000);
  clock.jumpWall(-20 * year);
  await clock.advance(1_000);
  age.look(120);
  assert.equal(age.age(writtenAt, 100), 7_000);
  assert.equal(age.age(later, 110), 1_000);
  assert.equal(metrics.clockJumps.value(), 2);
});

test('ages: small corrections of the clock are no jumps [JRN-25]', async () => {
  const { clock, metrics, age } = started();
  for (let i = 0; i < 10; i++) {
    clock.jumpWall(30_000);
    age.look(100 + i);
  }
  assert.equal(metrics.clockJumps.value(), 0);
});

test('ages: a machine that starts in 1970 and is told the time later expires nothing [JRN-25]', async () => {
  const lastAt = 1_735_689_600_000;
  const { clock, age } = started({ wall: 0, lastAt });
  assert.equal(age.age(lastAt, 99), 0);
  await clock.advance(2_000);
  clock.jumpWall(lastAt + 3_600_000);
  age.look(105);
  assert.equal(age.age(lastAt, 99), 2_000);
});

test('ages: what is remembered of jumps has a bound, and the oldest count together [JRN-25]', async () => {
  const { clock, age } = started();
  const writtenAt = age.look(100);
  for (let i = 1; i <= 40; i++) {
    clock.jumpWall(i % 2 === 0 ? year : 2 * year);
    age.look(100 + i);
  }
  assert.equal(age.jumps.length, 16);
  assert.equal(age.age(writtenAt, 100), 0);
});
