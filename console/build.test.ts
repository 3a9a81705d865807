import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isFault } from '@selvedge/kernel';
import { buildConsole } from './build.ts';

/** A console of one line. */
async function tinyConsole(): Promise<AsyncDisposable & { readonly from: string; write(text: string): Promise<void> }> {
  const from = await mkdtemp(join(tmpdir(), 'selvedge-console-'));
  await mkdir(join(from, 'src'));
  await writeFile(join(from, 'index.html'), '<!doctype html><script type="module" src="/src/main.ts"></script>');
  const write = (text: string): Promise<void> => writeFile(join(from, 'src', 'main.ts'), text);
  return { from, write, [Symbol.asyncDispose]: () => rm(from, { recursive: true }) };
}

async function script(dir: string): Promise<string> {
  const [name] = (await readdir(join(dir, 'assets'))).filter((one) => one.endsWith('.js'));
  return readFile(join(dir, 'assets', name!), 'utf8');
}

test('console: it is built when its sources have changed and only then [CON-15]', async () => {
  await using tiny = await tinyConsole();
  await tiny.write("document.title = 'first';");
  const first = await buildConsole({ from: tiny.from });
  assert.equal(first.built, true);
  assert.match(await script(first.dir), /first/);
  assert.equal((await buildConsole({ from: tiny.from })).built, false);
  assert.equal((await buildConsole({ from: tiny.from, force: true })).built, true);

  await tiny.write("document.title = 'second';");
  assert.equal((await buildConsole({ from: tiny.from })).built, true);
  assert.match(await script(first.dir), /second/);
  await writeFile(join(tiny.from, 'src', 'main.test.ts'), 'a test is no source');
  assert.equal((await buildConsole({ from: tiny.from })).built, false);
});

test('console: a build that fails is a fault with a hint and leaves what was there [CON-15]', async () => {
  await using tiny = await tinyConsole();
  await tiny.write("document.title = 'good';");
  const { dir } = await buildConsole({ from: tiny.from });
  await tiny.write("import './gone.ts';");
  await assert.rejects(buildConsole({ from: tiny.from }), (cause) => {
    assert.ok(isFault(cause, 'CONSOLE_BUILD_FAILED'));
    assert.match(cause.message, /gone/);
    assert.ok(cause.hint.length > 0);
    return true;
  });
  assert.match(await script(dir), /good/);
  assert.deepEqual(await readdir(join(tiny.from, 'out')), []);
});

test('console: two processes that build at once leave one whole console [CON-15]', async () => {
  await using tiny = await tinyConsole();
  await tiny.write("document.title = 'both';");
  const { dir } = await buildConsole({ from: tiny.from });
  const { spawn } = await import('node:child_process');
  const program = `import { buildConsole } from ${JSON.stringify(import.meta.resolve('./build.ts'))};
    await buildConsole({ from: ${JSON.stringify(tiny.from)}, force: true });`;
  const codes = await Promise.all(
    [1, 2].map(
      () =>
        new Promise((resolve) => {
          spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: 'ignore' }).on('exit', resolve);
        }),
    ),
  );
  assert.deepEqual(codes, [0, 0]);
  assert.match(await script(dir), /both/);
});
