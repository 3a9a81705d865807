import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const home = fileURLToPath(new URL('..', import.meta.url));

test('readme: the example runs as it stands, and goes on where it was when it runs again [JRN-1, JRN-18]', async () => {
  const example = /```js\n([\s\S]*?)```/.exec(await readFile(join(home, 'README.md'), 'utf8'))![1]!;
  const scratch = await mkdtemp(join(tmpdir(), 'selvedge-readme-'));
  const flags = ['--input-type=module', '--eval', example, join(scratch, 'journal')];
  try {
    const first = await run(process.execPath, flags, { cwd: home });
    assert.equal(first.stdout, '0 20.5 °C\n1 20.7 °C\n');
    const second = await run(process.execPath, flags, { cwd: home });
    assert.equal(second.stdout, '2 20.5 °C\n3 20.7 °C\n');
  } finally {
    await rm(scratch, { recursive: true });
  }
});
