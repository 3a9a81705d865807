/**
 * `npm test [-- PATH…]` runs tidy and then every test that needs no other server; `npm run test:world [-- PATH…]` runs
 * those that do. A path, or a part of one, narrows.
 */
import { relative, resolve } from 'node:path';
import { repositoryFiles, root } from './repository.ts';
import { failures, lineOf, skips, slowest, summary } from './test/report.ts';
import { type FileReport, runFile } from './test/run-file.ts';
import { showViolations, tidyRepository } from './tidy.ts';

/** Asks the stories of the real world for more than their usual two minutes. */
const longer = 60 * Number(process.env['SELVEDGE_WORLD_MINUTES'] ?? 0);

/** World tests run one at a time, because they start whole systems and some measure. Times in seconds. */
const kinds = {
  plain: { processes: 2, fileMax: 240, budget: 300 },
  world: { processes: 1, fileMax: 300 + longer, budget: 3_600 + longer },
} as const;

/** Runs the tests of `dir` that `argv` asks for and prints what came of them; the exit code. */
export async function runTests(argv: readonly string[], dir: string = root): Promise<number> {
  const start = performance.now();
  const world = argv.includes('--world');
  const kind = world ? kinds.world : kinds.plain;
  const narrow = argv.filter((arg) => arg !== '--world').map((arg) => relative(dir, resolve(dir, arg)));
  const files = testFiles(repositoryFiles(dir), world, narrow);
  if (files.length === 0) {
    process.stderr.write(
      `Error: there is no test file ${narrow.join(' or ')}.\nTry: name a file or folder below ${dir}.\n`,
    );
    return 2;
  }
  const violations = world ? [] : tidyRepository(dir);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const reports = await runAll(files, dir, kind, stop.signal);
  const seconds = (performance.now() - start) / 1_000;
  process.stdout.write(`${failures(reports)}${skips(reports)}${slowest(reports)}`);
  if (violations.length > 0) {
    process.stdout.write(`\nNot tidy: ${violations.length} violations\n`);
    showViolations(violations);
  }
  if (seconds > kind.budget) process.stdout.write(`Over the budget: ${Math.round(seconds)} s of ${kind.budget} s.\n`);
  if (stop.signal.aborted) process.stdout.write(`Stopped after ${reports.length} of ${files.length} files.\n`);
  process.stdout.write(`\n${summary(reports)}`);
  const good = reports.every(({ results }) => results.every(({ state }) => state !== 'failed'));
  return good && violations.length === 0 && !stop.signal.aborted ? 0 : 1;
}

/**
 * The test files of one kind among `files`; with `narrow`, those whose path contains one of its parts. Scenarios come first,
 * because they take longest and nobody should wait for one at the end.
 */
export function testFiles(files: readonly string[], world: boolean, narrow: readonly string[]): readonly string[] {
  const wanted = files
    .filter((file) => /\.test\.tsx?$/.test(file) && /\.world\.test\.tsx?$/.test(file) === world)
    .filter((file) => narrow.length === 0 || narrow.some((part) => file.includes(part)));
  const isScenario = (file: string): boolean => file.endsWith('.scenario.test.ts');
  return [...wanted.filter(isScenario), ...wanted.filter((file) => !isScenario(file))];
}

async function runAll(
  files: readonly string[],
  dir: string,
  { processes, fileMax }: { readonly processes: number; readonly fileMax: number },
  signal: AbortSignal,
): Promise<readonly FileReport[]> {
  const waiting = [...files];
  const reports: FileReport[] = [];
  const work = async (): Promise<void> => {
    for (let file = waiting.shift(); file !== undefined && !signal.aborted; file = waiting.shift()) {
      const report = await runFile(file, { root: dir, secondsMax: fileMax }, signal);
      reports.push(report);
      process.stdout.write(lineOf(report, reports.length, files.length));
    }
  };
  await Promise.all(Array.from({ length: processes }, work));
  return reports.sort((a, b) => (a.file < b.file ? -1 : 1));
}

if (import.meta.main) process.exitCode = await runTests(process.argv.slice(2));
