import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '@selvedge/kernel';
import fc from 'fast-check';
import { attempts } from './attempts.ts';

const seed = 20_260_304;

test(`attempts: a key waits exactly while it has failed too often within the window [LNK-28] [API-8] seed ${seed}`, () => {
  const story = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), after: fc.nat(8_000) }), { maxLength: 60 });
  fc.assert(
    fc.property(story, (steps) => {
      const limits = { failuresMax: 3, window: seconds(20), keysMax: 10 };
      const counted = attempts(limits);
      const all: { key: string; at: number }[] = [];
      let now = 0;
      for (const { key, after } of steps) {
        now += after;
        const recent = all.filter((one) => one.key === key && one.at > now - limits.window);
        const wait = counted.wait(key, now);
        assert.equal(wait > 0, recent.length >= limits.failuresMax);
        if (wait > 0) assert.equal(counted.wait(key, now + wait), 0, 'after the wait it may try');
        else {
          counted.failed(key, now);
          all.push({ key, at: now });
        }
      }
    }),
    { seed },
  );
});

test('attempts: keys without end do not fill the memory, and the latest stay [LNK-28] [API-8]', () => {
  const counted = attempts({ failuresMax: 1, window: seconds(20), keysMax: 100 });
  for (let i = 0; i < 10_000; i++) counted.failed(`address ${i}`, i / 1_000);
  assert.equal(counted.size, 100);
  assert.ok(counted.wait('address 9999', 10) > 0);
  assert.equal(counted.wait('address 1', 10), 0);
});
