import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Story } from './story.ts';
import { describeFailureOf, replayLine, tellAll } from './telling.ts';

/** Seeds that every story must hold over. */
const seeds = 200;

/** The two tests that every story has: that it holds over all seeds, and that it repeats. */
export function promise(story: Story, names: { readonly holds: string; readonly repeats: string }): void {
  test(names.holds, async () => {
    const { failures, figures } = await tellAll(story, { from: 1, count: seeds });
    assert.equal(
      failures.length,
      0,
      failures
        .slice(0, 5)
        .map((one) => describeFailureOf(story, one))
        .join('\n'),
    );
    assert.ok(figures.blows > seeds, `only ${figures.blows} blows in ${seeds} tellings`);
    assert.ok(figures.acknowledged > 20 * seeds, `only ${figures.acknowledged} readings were acknowledged`);
    assert.ok(figures.stored >= figures.acknowledged);
  });

  test(names.repeats, async () => {
    for (const seed of [7, 8]) {
      const [first, again] = [await story.tell(seed), await story.tell(seed)];
      assert.deepEqual(again, first, replayLine(story, seed));
    }
    assert.notEqual((await story.tell(7)).digest, (await story.tell(8)).digest);
  });
}
