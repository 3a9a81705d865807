import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { configurationDefects } from './configuration-defects.ts';

const program = fileURLToPath(new URL('./main.ts', import.meta.url));

/** In a process of its own: under the test runner, which follows every promise, it takes many times as long. */
async function tell(...argv: readonly string[]) {
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...argv]);
  return JSON.parse(stdout) as Record<'proposed' | 'confirmed' | 'returned' | 'blows', number> & {
    readonly broke: readonly { readonly seed: number; readonly violations: readonly string[] }[];
  };
}

test('configurations: whatever befalls both sides, the node ends with a good one, and both name the same [CFG-11]', async () => {
  const { broke, ...sum } = await tell('1', '12');
  assert.deepEqual(broke, []);
  assert.ok(sum.blows > 36 && sum.confirmed > 6 && sum.returned > 6, JSON.stringify(sum));
});

for (const { name, about } of configurationDefects) {
  test(`configurations: the story catches that ${about} [CFG-10] [CFG-11]`, async () => {
    const { broke } = await tell('1', '20', name);
    assert.equal(broke.length, 1, `20 seeds tell nothing of ${name}`);
  });
}
