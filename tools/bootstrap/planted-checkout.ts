import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../repository.ts';
import { type Ended, type Watched, watch } from '../world/watch.ts';

export interface PlantedCheckout extends Disposable {
  readonly dir: string;
  write(path: string, text: string): void;
  /** The argument lists npm was called with, in order. */
  npmCalls(): readonly (readonly string[])[];
  start(args: readonly string[], env?: Readonly<Record<string, string>>): Watched;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
}

/** A scratch checkout with our bootstrap, one dependency in its lock file, and an npm that only plays installing. */
export function plantCheckout(): PlantedCheckout {
  const dir = mkdtempSync(join(tmpdir(), 'selvedge-bootstrap-'));
  const calls = join(dir, 'npm-calls');
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  for (const part of ['bootstrap.mjs', 'bootstrap']) {
    cpSync(join(root, 'tools', part), join(dir, 'tools', part), { recursive: true });
  }
  write('package.json', '{ "type": "module" }');
  write('package-lock.json', lockFile('1.0.0'));
  write('npm-cli.js', playedNpm);
  write('echo.mjs', 'console.log(JSON.stringify(process.argv.slice(2)));');

  const start: PlantedCheckout['start'] = (args, env = {}) => {
    const inherited = { PATH: process.env['PATH'], npm_execpath: join(dir, 'npm-cli.js'), PLAYED_CALLS: calls };
    return watch(
      spawn(process.execPath, [join(dir, 'tools/bootstrap.mjs'), ...args], { cwd: dir, env: { ...inherited, ...env } }),
    );
  };
  return {
    dir,
    write,
    start,
    run: (args, env) => start(args, env).ended,
    npmCalls: () =>
      existsSync(calls)
        ? readFileSync(calls, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line))
        : [],
    [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }),
  };
}

export const lockFile = (version: string): string =>
  JSON.stringify({
    packages: {
      '': { name: 'planted' },
      'node_modules/left': { version, integrity: `sha512-${version}` },
      'node_modules/for-another-machine': { version, os: ['plan9'], optional: true },
    },
  });

/** Does what `npm ci` does to the file system; PLAYED_MS makes it take its time, PLAYED_FAILURE makes it fail. */
const playedNpm = `
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
appendFileSync(process.env.PLAYED_CALLS, JSON.stringify(process.argv.slice(2)) + '\\n');
rmSync('node_modules', { recursive: true, force: true });
console.error('npm http fetch GET 200 https://registry.invalid/left/-/left-1.0.0.tgz 12ms (cache miss)');
await new Promise((resolve) => setTimeout(resolve, Number(process.env.PLAYED_MS ?? 0)));
if (process.env.PLAYED_FAILURE) {
  console.error('npm error code ' + process.env.PLAYED_FAILURE);
  process.exit(1);
}
mkdirSync('node_modules');
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
for (const place of ['', 'node_modules/for-another-machine']) delete packages[place];
writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages }));
`;
