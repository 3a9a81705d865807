import type { TestResult } from './reporter.ts';
import type { FileReport } from './run-file.ts';

const slowestMax = 5;

/** The progress of a run: one line for each file that has ended. */
export function lineOf({ file, results, seconds }: FileReport, done: number, total: number): string {
  const mark = count(results, 'failed') > 0 ? 'FAIL' : 'ok  ';
  return `${mark} ${String(done).padStart(String(total).length)}/${total} ${file} (${results.length}, ${seconds.toFixed(1)} s)\n`;
}

/** Every failure in full, with what its file printed. */
export function failures(reports: readonly FileReport[]): string {
  return reports
    .filter(({ results }) => count(results, 'failed') > 0)
    .map(({ file, results, output }) => {
      const failed = results.filter(({ state }) => state === 'failed');
      const told = failed.map(({ path, why }) => `  ${path.join(' > ')}\n${indent(why ?? '')}`).join('\n');
      return `\nFAILED ${file}\n${told}${output.trim() === '' ? '' : `\n  It printed:\n${indent(output.trimEnd())}`}\n`;
    })
    .join('');
}

export function skips(reports: readonly FileReport[]): string {
  const lines = reports.flatMap(({ file, results }) =>
    results
      .filter(({ state }) => state === 'skipped')
      .map(({ path, why }) => `  ${file}: ${path.join(' > ')}: ${why}\n`),
  );
  return lines.length === 0 ? '' : `\nSkipped:\n${lines.join('')}`;
}

export function slowest(reports: readonly FileReport[]): string {
  const lines = [...reports]
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, slowestMax)
    .map(({ file, seconds }) => `  ${seconds.toFixed(1).padStart(6)} s  ${file}\n`);
  return `\nSlowest:\n${lines.join('')}`;
}

/** The last line: what a script looks for. */
export function summary(reports: readonly FileReport[]): string {
  const all = reports.flatMap(({ results }) => results);
  return `${count(all, 'passed')} passed, ${count(all, 'failed')} failed, ${count(all, 'skipped')} skipped\n`;
}

const count = (results: readonly TestResult[], state: TestResult['state']): number =>
  results.filter((result) => result.state === state).length;

const indent = (text: string): string => text.replace(/^/gm, '    ');
