import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { StoryLine } from './main.ts';
import type { Story } from './story.ts';
import { describeFailureOf, replayLine } from './telling.ts';

/** Seeds that every story must hold over. */
const seeds = 200;

/** The two tests that every story has: that it holds over all seeds, and that it repeats. */
export function promise(story: Story, names: { readonly holds: string; readonly repeats: string }): void {
  test(names.holds, async () => {
    const { broke, figures } = await tell(story, 1, seeds);
    assert.equal(
      broke.length,
      0,
      broke
        .slice(0, 5)
        .map((one) => describeFailureOf(story, one))
        .join('\n'),
    );
    assert.ok(figures.blows > seeds, `only ${figures.blows} blows in ${seeds} tellings`);
    assert.ok(figures.acknowledged > 20 * seeds, `only ${figures.acknowledged} readings were acknowledged`);
    assert.ok(figures.stored >= figures.acknowledged);
  });

  test(names.repeats, async () => {
    const [first, again, other] = [await tell(story, 7, 2), await tell(story, 7, 2), await tell(story, 8, 2)];
    assert.deepEqual(again, first, replayLine(story, 7));
    assert.notEqual(other.digest, first.digest);
  });
}

const program = fileURLToPath(new URL('./main.ts', import.meta.url));

/** Tells it in a process of its own: under the test runner, which follows every promise, it takes three times as long. */
function tell(story: Story, from: number, count: number): Promise<StoryLine> {
  const argv = [program, '--json', '--only', story.name, '--from', String(from), '--seeds', String(count)];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, argv, { maxBuffer: 2 ** 26 }, (failure, out, err) => {
      // A story that broke ends with 1 and its line all the same.
      if (out.startsWith('{')) resolve(JSON.parse(out) as StoryLine);
      else reject(new Error(`${argv.join(' ')} failed: ${err}`, { cause: failure }));
    });
  });
}
