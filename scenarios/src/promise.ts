import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tellShare } from './jobs.ts';
import type { Story } from './story.ts';
import { describeFailureOf, replayLine } from './telling.ts';

/** Seeds that every story must hold over at each change; `npm run scenarios` tells as many as one likes. */
const seeds = 8;

/**
 * The two tests that every story has: that it holds over all seeds, and that it repeats. It is told in a process of its own:
 * under the test runner, which follows every promise, it takes three times as long.
 */
export function promise(story: Story, names: { readonly holds: string; readonly repeats: string }): void {
  test(names.holds, async () => {
    const { broke, figures } = await tellShare(story, { from: 1, count: seeds });
    assert.equal(
      broke.length,
      0,
      broke
        .slice(0, 5)
        .map((one) => describeFailureOf(story, one))
        .join('\n'),
    );
    assert.ok(figures.blows >= seeds, `only ${figures.blows} blows in ${seeds} tellings`);
    assert.ok(figures.acknowledged > 20 * seeds, `only ${figures.acknowledged} readings were acknowledged`);
  });

  test(names.repeats, async () => {
    const [first, again, other] = [
      await tellShare(story, { from: 7, count: 1 }),
      await tellShare(story, { from: 7, count: 1 }),
      await tellShare(story, { from: 8, count: 1 }),
    ];
    assert.deepEqual(again, first, replayLine(story, 7));
    assert.notEqual(other.digest, first.digest);
  });
}
