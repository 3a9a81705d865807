import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestResult } from './reporter.ts';

export interface FileReport {
  readonly file: string;
  readonly results: readonly TestResult[];
  readonly seconds: number;
  /** What the file printed, both streams as they came. */
  readonly output: string;
}

export interface RunOptions {
  readonly root: string;
  /** A file that takes longer is killed and has failed; in it a test or a handle hangs. */
  readonly secondsMax: number;
}

/** Runs one test file in a process of its own. Settles always; what went wrong is a failed result. */
export async function runFile(file: string, options: RunOptions, signal: AbortSignal): Promise<FileReport> {
  const scratch = mkdtempSync(join(tmpdir(), 'selvedge-test-'));
  const start = performance.now();
  try {
    const told = join(scratch, 'results');
    const { end, output } = await runNode(file, told, options, signal);
    const results = readResults(told);
    return {
      file,
      results: [...results, ...verdictOnFile(end, results, options)],
      seconds: (performance.now() - start) / 1_000,
      output,
    };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

type End = number | 'signal' | 'late';

async function runNode(
  file: string,
  told: string,
  { root, secondsMax }: RunOptions,
  signal: AbortSignal,
): Promise<{ end: End; output: string }> {
  const flags = [
    '--disable-warning=ExperimentalWarning',
    `--test-reporter=${join(import.meta.dirname, 'reporter.ts')}`,
    `--test-reporter-destination=${told}`,
  ];
  // Node's own mark that a test runner is above; that one would swallow the results.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, [...flags, file], {
    env,
    cwd: root,
    // A group of its own, so that what the file starts and leaves behind ends with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    killGroup(child);
  }, secondsMax * 1_000);
  const abort = (): void => killGroup(child);
  signal.addEventListener('abort', abort, { once: true });
  const closed = once(child, 'close');
  const [code] = await once(child, 'exit');
  clearTimeout(timer);
  signal.removeEventListener('abort', abort);
  killGroup(child);
  await closed;
  return { end: late ? 'late' : (code ?? 'signal'), output };
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

function readResults(path: string): readonly TestResult[] {
  const text = readFileSync(path, { encoding: 'utf8', flag: 'a+' });
  return text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line));
}

/** A file fails for itself when it ends badly without a failed test, or has none at all. */
function verdictOnFile(end: End, results: readonly TestResult[], options: RunOptions): readonly TestResult[] {
  const failed = (why: string): readonly TestResult[] => [{ path: ['(the file)'], state: 'failed', why }];
  if (end === 'late') return failed(`did not end within ${options.secondsMax} s: a test or an open handle hangs`);
  if (end !== 0 && !results.some(({ state }) => state === 'failed'))
    return failed(`ended by ${end === 'signal' ? 'a signal' : `exit code ${end}`}`);
  if (results.length === 0) return failed('has no tests');
  return [];
}
