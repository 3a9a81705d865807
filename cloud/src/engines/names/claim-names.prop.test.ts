import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { claimNames, runsOf, type SeqRun } from './claim-names.ts';

const seed = 99;

test('names: each number is new once, in whatever order and groups they come [CLD-8]', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat({ max: 60 }), { maxLength: 12 }), { maxLength: 20 }), (groups) => {
      let kept = new Map<number, SeqRun>();
      const model = new Set<number>();
      for (const seqs of groups) {
        const wanted = runsOf(seqs);
        const meeting = [...kept.values()]
          .filter((run) => wanted.some((one) => run.from <= one.to && one.from <= run.to))
          .sort((one, other) => one.from - other.from);
        const claimed = claimNames(meeting, seqs);
        for (const [index, seq] of seqs.entries()) {
          assert.equal(claimed.fresh[index], !model.has(seq));
          model.add(seq);
        }
        kept = new Map([...kept].filter(([from]) => !claimed.removed.includes(from)));
        for (const run of claimed.written) kept.set(run.from, run);
        const all = [...kept.values()].sort((one, other) => one.from - other.from);
        assert.deepEqual(all, runsOf([...model]), 'what is kept is as few runs as can be');
      }
    }),
    { seed, numRuns: 500 },
  );
});

test('names: a device that counts on extends one run', () => {
  const first = claimNames([], [5, 6, 7]);
  assert.deepEqual(first, { fresh: [true, true, true], removed: [], written: [{ from: 5, to: 8 }] });
  assert.deepEqual(claimNames(first.written, [8]), { fresh: [true], removed: [], written: [{ from: 5, to: 9 }] });
  assert.deepEqual(claimNames(first.written, [6]), { fresh: [false], removed: [], written: [] });
});
