import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Heard, hear, nothingHeard, wasHeard } from './heard.ts';

const seed = 4_711;

test(`heard: says of no name that it was heard unless it was, and forgets none of the newest boot, seed ${seed} [EDG-5]`, () => {
  const names = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 40 })), { maxLength: 60 });
  fc.assert(
    fc.property(names, (all) => {
      let heard: Heard = nothingHeard;
      const truth = new Set<string>();
      for (const [boot, seq] of all) {
        heard = hear(heard, boot, seq);
        truth.add(`${boot} ${seq}`);
      }
      const newest = Math.max(0, ...all.map(([boot]) => boot));
      for (let boot = 1; boot <= 4; boot++) {
        for (let seq = 0; seq <= 40; seq++) {
          const known = truth.has(`${boot} ${seq}`);
          if (wasHeard(heard, boot, seq)) assert.ok(known, `${boot} ${seq}`);
          else if (boot === newest) assert.ok(!known, `${boot} ${seq}`);
        }
      }
    }),
    { seed, numRuns: 300 },
  );
});
