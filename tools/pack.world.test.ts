import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { type Packed, pack } from './pack.ts';
import { root } from './repository.ts';
import { findCommand, watch } from './world.ts';

interface Installed extends Disposable {
  readonly dir: string;
  run(command: string, ...args: readonly string[]): Promise<string>;
}

/** The tarballs, installed in an empty folder. */
async function install(tarballs: readonly Packed[], ...flags: readonly string[]): Promise<Installed> {
  const dir = mkdtempSync(join(tmpdir(), 'selvedge-pack-'));
  const path = [dirname(process.execPath), process.env['PATH']].join(':');
  const run: Installed['run'] = async (command, ...args) => {
    const child = spawn(command, args, { cwd: dir, env: { ...process.env, PATH: path } });
    const { code, stdout, stderr } = await watch(child).ended;
    assert.equal(code, 0, `${command} ${args.join(' ')}: ${stdout}${stderr}`);
    return stdout;
  };
  writeFileSync(join(dir, 'package.json'), '{ "type": "module" }');
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  await run(findCommand('npm')!, 'install', ...quiet, ...flags, ...tarballs.map(({ tarball }) => tarball));
  return { dir, run, [Symbol.dispose]: () => rmSync(dir, { recursive: true }) };
}

const program = `import { minutes, readConfig, duration, type Duration } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
const config = readConfig({ wait: duration({ doc: 'How long.', default: minutes(5) }) }, { prefix: 'X', env: { X_WAIT: '7d' } });
const wait: Duration = config.wait;
console.log(wait, systemClock.wall() > 0);
`;

test('pack: the kernel, installed from its tarball without a network, runs and has its types [PCK-3]', async () => {
  using installed = await install(await pack(['kernel']), '--offline');
  writeFileSync(join(installed.dir, 'main.ts'), program);
  assert.equal(await installed.run(process.execPath, 'main.ts'), '604800000 true\n');
  const tsc = realpathSync(join(root, 'node_modules/.bin/tsc'));
  const types = '--noEmit --strict --module nodenext --target es2024 --lib es2024,esnext.disposable,dom'.split(' ');
  await installed.run(process.execPath, tsc, ...types, 'main.ts');
});

test('pack: all that is published, installed from its tarballs together, loads, and the command line answers [PCK-4]', async () => {
  const packed = await pack();
  using installed = await install(packed, '--prefer-offline');
  for (const entry of packed.flatMap(entriesOf)) {
    await installed.run(process.execPath, '--disable-warning=ExperimentalWarning', '-e', `await import('${entry}')`);
  }
  assert.match(
    await installed.run(join(installed.dir, 'node_modules/.bin/selvedge'), '--help'),
    /Usage: selvedge VERB/,
  );
});

/** What can be imported of a package; a main file begins to run, a pattern names none. */
function entriesOf({ name, stage }: Packed): readonly string[] {
  const { exports } = JSON.parse(readFileSync(join(stage, 'package.json'), 'utf8'));
  const entries = Object.keys(exports).filter((entry) => !entry.includes('*') && entry !== './main');
  return name === 'selvedge' ? [] : entries.map((entry) => join(name, entry));
}
