import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { BatchMark, Held } from '../../ports.ts';
import { type BatchHead, judgeBatch } from './judge-batch.ts';

const seed = 31;

/** A hash that says which history and offset it stands for: equal ones are equal histories. */
const hashAt = (history: string, offset: number): Uint8Array => new TextEncoder().encode(`${history}@${offset}`);

/** The batches of a journal whose disk was cloned after `forkAt` offsets, when its history is `history`. */
function chain(counts: readonly number[], history: string, forkAt: number): readonly BatchHead[] {
  let from = 0;
  return counts.map((count) => {
    const nameAt = (offset: number): string => (offset <= forkAt ? 'trunk' : history);
    const batch = {
      firstOffset: from,
      count,
      prevHash: hashAt(nameAt(from), from),
      hash: hashAt(nameAt(from + count), from + count),
    };
    from += count;
    return batch;
  });
}

/** What a log may hold of a journal, batch by batch: the plainest thing that could be right. */
class Model {
  readonly batches: BatchHead[] = [];

  judge(batch: BatchHead): 'append' | 'held' | 'refused' {
    const to = batch.firstOffset + batch.count;
    const same = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;
    for (const one of this.batches) {
      const end = one.firstOffset + one.count;
      const meets = one.firstOffset < to && batch.firstOffset < end;
      const isSame = one.firstOffset === batch.firstOffset && end === to && same(one.hash, batch.hash);
      if (meets) return isSame ? 'held' : 'refused';
    }
    const left = this.batches.find((one) => one.firstOffset + one.count === batch.firstOffset);
    const right = this.batches.find((one) => one.firstOffset === to);
    if (left && !same(left.hash, batch.prevHash)) return 'refused';
    if (right && !same(right.prevHash, batch.hash)) return 'refused';
    this.batches.push(batch);
    return 'append';
  }

  marks(batch: BatchHead): readonly BatchMark[] {
    const to = batch.firstOffset + batch.count;
    return this.batches.filter((one) => one.firstOffset < to && batch.firstOffset < one.firstOffset + one.count);
  }

  runs(): readonly Held[] {
    const runs: { from: number; to: number; before: Uint8Array; after: Uint8Array }[] = [];
    for (const one of this.batches.toSorted((a, b) => a.firstOffset - b.firstOffset)) {
      const last = runs.at(-1);
      const to = one.firstOffset + one.count;
      if (last?.to === one.firstOffset) Object.assign(last, { to, after: one.hash });
      else runs.push({ from: one.firstOffset, to, before: one.prevHash, after: one.hash });
    }
    return runs;
  }
}

const histories = fc.record({
  counts: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 12 }),
  otherCounts: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 12 }),
  forkAt: fc.nat({ max: 30 }),
  order: fc.array(fc.tuple(fc.nat(), fc.boolean()), { maxLength: 60 }),
});

test('ingest: whatever the order, the repeats and the forks, it judges as the plain model does [CLD-3, CLD-4, CLD-5]', () => {
  const seen = { append: 0, held: 0, refused: 0 };
  fc.assert(
    fc.property(histories, ({ counts, otherCounts, forkAt, order }) => {
      const trunk = chain(counts, 'ours', forkAt);
      const clone = chain(otherCounts, 'theirs', forkAt);
      const model = new Model();
      let held: readonly Held[] = [];
      for (const [place, isClone] of order) {
        const from = isClone ? clone : trunk;
        const batch = from[place % from.length]!;
        const judgement = judgeBatch(held, batch, model.marks(batch));
        const expected = model.judge(batch);
        assert.equal(judgement.verdict, expected);
        seen[expected] += 1;
        if (judgement.verdict === 'append') held = judgement.held;
        assert.deepEqual(held, model.runs());
      }
    }),
    { seed, numRuns: 500 },
  );
  assert.ok(
    Object.values(seen).every((times) => times > 300),
    JSON.stringify(seen),
  );
});

test('ingest: a journal that is shipped whole, in any order, ends as one run from its first hash to its last [CLD-5]', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...Array(12).keys()], { minLength: 12 }), (order) => {
      const batches = chain(Array<number>(12).fill(3), 'ours', 0);
      let held: readonly Held[] = [];
      for (const place of order) {
        const judgement = judgeBatch(held, batches[place]!, []);
        assert.equal(judgement.verdict, 'append');
        if (judgement.verdict === 'append') held = judgement.held;
      }
      assert.deepEqual(held, [{ from: 0, to: 36, before: batches[0]!.prevHash, after: batches[11]!.hash }]);
    }),
    { seed },
  );
});
