import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededEntropy } from '@selvedge/kernel';
import { messageIds } from './message-ids.ts';

test('message ids: none comes again before all others have, and each peer has an order of its own [COA-21]', () => {
  const peer = messageIds(seededEntropy(1));
  const one = peer();
  const other = peer();
  const ids = Array.from({ length: 65_536 }, () => one.next());
  assert.equal(new Set(ids).size, 65_536);
  assert.equal(one.next(), ids[0]);
  const steps = new Set(ids.slice(1, 1_001).map((id, index) => (id - ids[index]! + 65_536) & 0xffff));
  assert.ok(steps.size > 500, `${steps.size} different steps in 1000 ids`);
  const others = Array.from({ length: 1_000 }, () => other.next());
  assert.ok(others.filter((id, index) => id === ids[index]).length < 10);
});

test('message ids: another chance gives another order [COA-21]', () => {
  const some = (seed: number) => {
    const ids = messageIds(seededEntropy(seed))();
    return Array.from({ length: 8 }, () => ids.next());
  };
  assert.notDeepEqual(some(1), some(2));
  assert.deepEqual(some(3), some(3));
});
