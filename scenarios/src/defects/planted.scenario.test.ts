import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { catches } from './table.ts';
import { type Caught, seedsMax } from './tell-planted.ts';

const program = fileURLToPath(new URL('./tell-planted.ts', import.meta.url));
let all: readonly Caught[] = [];

/** In one process of its own: under the test runner, which follows every promise, it takes three times as long. */
before(async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['--max-semi-space-size=32', program]);
  all = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Caught);
});

for (const { defect, by } of catches) {
  for (const { name } of by) {
    test(`${name}: it catches that ${defect.about} [TST-36]`, () => {
      const found = all.find((one) => one.story === name && one.defect === defect.name);
      assert.ok(found?.seed != null, `${name} tells nothing of ${defect.name} in ${seedsMax} seeds`);
    });
  }
}

test('stories: every planted bug is looked for, and what takes longest to find is named [TST-36]', (t) => {
  assert.equal(all.length, catches.flatMap(({ by }) => by).length);
  const longest = [...all].sort((one, other) => other.seconds - one.seconds).slice(0, 5);
  for (const { story, defect, seed, seconds } of longest)
    t.diagnostic(`${story}, ${defect}: ${seconds.toFixed(1)} s, seed ${seed}`);
});
