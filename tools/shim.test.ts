import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { root } from './repository.ts';
import { type Ended, watch } from './world/watch.ts';

/** Prints what it was given, after a warning of the kind that Node gives about its young modules. */
const main = `process.emitWarning('young', 'ExperimentalWarning');
console.log(JSON.stringify({ args: process.argv.slice(2), node: process.version }));
process.exitCode = 5;`;

/** Makes the Node that runs the shim look like one of long ago. */
const pretendOld =
  'data:text/javascript,Object.defineProperty(process,"versions",{value:{node:"20.1.0"}});Object.defineProperty(process,"version",{value:"v20.1.0"})';

interface Installed extends Disposable {
  write(path: string, text: string): void;
  bringNode(): void;
  run(...flags: readonly string[]): Promise<Ended>;
}

/** The shim alone, where npm unpacks it below some folder's node_modules, or at another place. */
function installShim(place = 'node_modules/selvedge'): Installed {
  const dir = mkdtempSync(join(tmpdir(), 'selvedge-shim-'));
  const home = join(dir, place);
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), text);
  };
  write('package.json', '{ "type": "module" }');
  cpSync(join(root, 'cli/bin/selvedge.mjs'), join(home, 'bin/selvedge.mjs'));
  return {
    write,
    bringNode() {
      const bin = join(dir, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin');
      mkdirSync(bin, { recursive: true });
      symlinkSync(process.execPath, join(bin, 'node'));
    },
    run: (...flags) => watch(spawn(process.execPath, [...flags, join(home, 'bin/selvedge.mjs'), 'send', 'a b'])).ended,
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}

const good = { args: ['send', 'a b'], node: process.version };

test('shim: on Node 24 or newer the built program runs, quietly, with its arguments and exit code [BOOT-13]', async () => {
  using shim = installShim();
  shim.write('dist/main.js', main);
  const { code, stdout, stderr } = await shim.run();
  assert.deepEqual(JSON.parse(stdout), good);
  assert.deepEqual({ code, stderr }, { code: 5, stderr: '' });
});

test('shim: on an older Node the one that npm brought runs it, with the same exit code [BOOT-13]', async () => {
  using shim = installShim();
  shim.write('dist/main.js', main);
  shim.bringNode();
  const { code, stdout, stderr } = await shim.run('--import', pretendOld);
  assert.deepEqual(JSON.parse(stdout), good);
  assert.deepEqual({ code, stderr }, { code: 5, stderr: '' });
});

test('shim: with neither it says in two lines which Node is needed [BOOT-13]', async () => {
  using shim = installShim();
  shim.write('dist/main.js', main);
  const { code, stderr } = await shim.run('--import', pretendOld);
  assert.deepEqual(
    { code, stderr },
    {
      code: 1,
      stderr:
        'Error: Node 24 or newer is needed; this is v20.1.0.\nTry: install Node 24 (https://nodejs.org), then repeat the command.\n',
    },
  );
});

test('shim: in a checkout the sources run, not an older build [BOOT-14]', async () => {
  using shim = installShim('cli');
  shim.write('dist/main.js', "throw new Error('built long ago');");
  shim.write('src/main.ts', main);
  assert.deepEqual(JSON.parse((await shim.run()).stdout), good);
});
