import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

/** The folder that holds the packages this one needs. */
const modules = dirname(dirname(dirname(createRequire(import.meta.url).resolve('fast-check/package.json'))));

test('readme: the example runs as it stands there [COA-99]', async () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const source = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const dir = mkdtempSync(join(tmpdir(), 'coap-readme-'));
  try {
    symlinkSync(join(modules, 'node_modules'), join(dir, 'node_modules'));
    writeFileSync(join(dir, 'example.mjs'), source.replaceAll('port: 5683', 'port: 0'));
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['example.mjs'], {
      cwd: dir,
      timeout: 20_000,
    });
    assert.equal(stderr, '');
    assert.deepEqual(stdout.trim().split('\n').slice(0, 2), [
      '</sensors/temperature>;rt="temperature";obs',
      'pump-7 sent 100000 bytes',
    ]);
    assert.equal(stdout.trim().split('\n').at(-1), '75');
  } finally {
    rmSync(dir, { recursive: true });
  }
});
