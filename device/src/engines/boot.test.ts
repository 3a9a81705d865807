import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextBoot } from './boot.ts';

test('device: the boot counter always grows, and a lost folder does not bring old names back [DEV-2]', () => {
  const wall = 1_764_000_000_500;
  assert.equal(nextBoot(0, wall), 1_764_000_000);
  assert.equal(nextBoot(1_764_000_000, wall), 1_764_000_001);
  assert.equal(nextBoot(1_900_000_000, wall), 1_900_000_001);
  assert.equal(nextBoot(7, 0), 8);
  assert.equal(nextBoot(7, Number.MAX_SAFE_INTEGER), 8);
});
