import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { runFile } from './test/run-file.ts';
import { testFiles } from './test.ts';
import { type Watched, watch } from './world/watch.ts';

interface PlantedTests extends Disposable {
  readonly dir: string;
  start(...argv: readonly string[]): Watched;
}

/** A scratch repository with these files. */
function plant(files: Readonly<Record<string, string>>): PlantedTests {
  const dir = mkdtempSync(join(tmpdir(), 'selvedge-runner-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  const call = `process.exitCode = await runTests(process.argv.slice(1), ${JSON.stringify(dir)});`;
  const code = `import { runTests } from ${JSON.stringify(join(import.meta.dirname, 'test.ts'))};${call}`;
  const node = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', code, '--'];
  return {
    dir,
    start: (...argv) => watch(spawn(process.execPath, [...node, ...argv], { cwd: dir })),
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}

const head = "import test from 'node:test'; import assert from 'node:assert/strict';\n";
const passing = `${head}test('a: holds', () => undefined);\n`;

test('runner: the last line counts what passed, failed and was skipped, and the exit code says which [RUN-1]', async () => {
  using good = plant({ 'a.test.ts': passing, 'b/b.test.ts': passing });
  const well = await good.start().ended;
  assert.match(well.stdout, /\n2 passed, 0 failed, 0 skipped\n$/);
  assert.equal(well.code, 0, well.stderr);

  using bad = plant({
    'a.test.ts': passing,
    'b.test.ts': `${head}test('b: fails', () => assert.equal(1, 2));test('b: n/a', { skip: 'no server' }, () => undefined);`,
  });
  const ill = await bad.start().ended;
  assert.match(ill.stdout, /\n1 passed, 1 failed, 1 skipped\n$/);
  assert.equal(ill.code, 1);
});

test('runner: a failure is shown in full, with the names above it, its cause and what the file printed [RUN-2]', async () => {
  const text = `${head}console.log('printed before');
    test('a: outer', (t) => t.test('inner', () => { throw new Error('far', { cause: new Error('near') }); }));`;
  using planted = plant({ 'a.test.ts': text });
  const { stdout } = await planted.start().ended;
  assert.match(stdout, /FAILED a\.test\.ts\n {2}a: outer > inner\n.*Error: far.*Error: near.*printed before/s);
});

test('runner: a skipped test is listed with its reason [RUN-3]', async () => {
  using planted = plant({ 'a.test.ts': `${passing}test('a: n/a', (t) => t.skip('no such server here'));` });
  assert.match((await planted.start().ended).stdout, /Skipped:\n {2}a\.test\.ts: a: n\/a: no such server here\n/);
});

const broken: readonly (readonly [string, string, RegExp])[] = [
  ['cannot be loaded', "import './nowhere.ts';", /ERR_MODULE_NOT_FOUND/],
  ['has no tests', 'export {};', /has no tests/],
  ['leaves by itself', `${passing}process.exit(3);`, /exit code 3/],
  [
    'throws after its tests',
    `${head}test('a', () => { queueMicrotask(() => queueMicrotask(() => { throw new Error('afterwards'); })); });`,
    /afterwards/,
  ],
];

for (const [what, text, why] of broken) {
  test(`runner: a file that ${what} has failed [RUN-4]`, async () => {
    using planted = plant({ 'a.test.ts': text });
    const { code, stdout } = await planted.start().ended;
    assert.equal(code, 1);
    assert.match(stdout, why);
    assert.match(stdout, /[1-9] failed, 0 skipped\n$/);
  });
}

test('runner: a file that hangs is killed, with all it has started, and has failed [RUN-5]', async () => {
  using planted = plant({
    'a.test.ts': `${head}import { spawn } from 'node:child_process';
      test('a: starts', () => { spawn('sleep', ['60'], { stdio: 'inherit' }); });
      test('a: hangs', () => new Promise(() => setInterval(() => undefined, 1_000)));`,
  });
  const report = await runFile('a.test.ts', { root: planted.dir, secondsMax: 0.7 }, new AbortController().signal);
  assert.match(report.results.at(-1)?.why ?? '', /did not end within 0\.7 s/);
  // The report waits for everybody who holds its pipes, so the sleeper is gone.
  assert.ok(report.seconds < 30, `it took ${report.seconds} s`);
});

test('runner: world tests run only when asked for, then alone; a path narrows; scenarios begin [RUN-6]', () => {
  const files = [
    'a/a.test.ts',
    'a/a.world.test.ts',
    'b/a.prop.test.ts',
    'b/a.contract.ts',
    'c/b.test.tsx',
    'd.scenario.test.ts',
  ];
  assert.deepEqual(testFiles(files, false, []), [
    'd.scenario.test.ts',
    'a/a.test.ts',
    'b/a.prop.test.ts',
    'c/b.test.tsx',
  ]);
  assert.deepEqual(testFiles(files, true, []), ['a/a.world.test.ts']);
  assert.deepEqual(testFiles(files, false, ['b/', 'b.test']), ['b/a.prop.test.ts', 'c/b.test.tsx']);
});

test('runner: a path that matches no test is misuse [RUN-6]', async () => {
  using planted = plant({ 'a.test.ts': passing });
  const { code, stderr } = await planted.start('nowhere').ended;
  assert.equal(code, 2);
  assert.match(stderr, /^Error: .*nowhere.*\nTry: .*\n$/);
});

test('runner: what is not tidy fails the run, though every test passes [RUN-7]', async () => {
  using planted = plant({ 'a.test.ts': passing, 'readFile.ts': '' });
  const { code, stdout } = await planted.start().ended;
  assert.equal(code, 1);
  assert.match(
    stdout,
    /Not tidy: 1 violations\nreadFile\.ts: a file name is kebab-case\n\n1 passed, 0 failed, 0 skipped\n$/,
  );
});

test('runner: the slowest files are named [RUN-8]', async () => {
  using planted = plant({ 'a.test.ts': passing });
  assert.match((await planted.start().ended).stdout, /Slowest:\n +\d+\.\d s {2}a\.test\.ts\n/);
});

test('runner: a signal ends the files that run, and the rest do not begin [RUN-9]', async () => {
  const hanging = `${head}test('a: hangs', () => new Promise(() => setInterval(() => undefined, 1_000)));`;
  using planted = plant({ 'a.test.ts': passing, 'b.test.ts': hanging, 'c.test.ts': hanging, 'd.test.ts': passing });
  const run = planted.start();
  await run.saw('a.test.ts (');
  run.process.kill('SIGTERM');
  const { code, stdout } = await run.ended;
  assert.equal(code, 1);
  assert.match(stdout, /Stopped after 3 of 4 files\./);
});
