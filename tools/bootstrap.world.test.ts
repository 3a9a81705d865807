import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { repositoryFiles, root } from './repository.ts';
import { findCommand, Missing, needs, watch } from './world.ts';

/** The path without what npm puts first, so that the system's own Node is the one that begins. */
const systemPath = (process.env['PATH'] ?? '')
  .split(':')
  .filter((dir) => !dir.includes('node_modules'))
  .join(':');

test('bootstrap: a fresh clone with an empty npm cache, and all that omits packages set, gets its Node and runs; the next start asks nobody [BOOT-15]', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'selvedge-clone-'));
  try {
    for (const path of repositoryFiles()) cpSync(join(root, path), join(dir, path), { recursive: true });
    writeFileSync(
      join(dir, 'hello.ts'),
      'const version: string = process.version;\nconsole.log(version, ...process.argv.slice(2));\n',
    );
    const settings = { NODE_ENV: 'production', npm_config_omit: 'optional', npm_config_cache: join(dir, 'cache') };
    const start = (more: Readonly<Record<string, string>>) => {
      const env = { PATH: systemPath, HOME: dir, ...settings, ...more };
      return watch(spawn(findCommand('node', systemPath)!, ['tools/bootstrap.mjs', 'hello.ts', 'a'], { cwd: dir, env }))
        .ended;
    };
    const first = await needs(t, async () => {
      const ended = await start({});
      if (/check the network/.test(ended.stderr)) throw new Missing('the npm registry cannot be reached.', 'a network');
      return ended;
    });
    if (!first) return;
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /^v(2[4-9]|[3-9]\d)\..* a\n$/);
    assert.match(first.stderr, /Installed \d+ packages in \d+ s\n$/);

    const again = await start({ npm_config_registry: 'http://127.0.0.1:9/', npm_config_cache: join(dir, 'none') });
    assert.deepEqual(
      { code: again.code, stdout: again.stdout, stderr: again.stderr },
      { code: 0, stdout: first.stdout, stderr: '' },
    );
    assert.equal(
      readFileSync(join(dir, 'package-lock.json'), 'utf8'),
      readFileSync(join(root, 'package-lock.json'), 'utf8'),
    );
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
