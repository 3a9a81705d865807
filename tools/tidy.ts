/** The fence of the house: who may import whom, banned words, small files, and the threads between code, tests and pages. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryFiles, root } from './repository.ts';
import { banned } from './tidy/banned.ts';
import { clauses } from './tidy/clauses.ts';
import { dependencies } from './tidy/dependencies.ts';
import { layers } from './tidy/layers.ts';
import { links } from './tidy/links.ts';
import { lockFile } from './tidy/lock-file.ts';
import { machine } from './tidy/machine.ts';
import { names } from './tidy/names.ts';
import { reference } from './tidy/reference.ts';
import type { Files, Rule, Violation } from './tidy/rule.ts';
import { statements } from './tidy/statements.ts';

const rules: readonly Rule[] = [
  layers,
  dependencies,
  banned,
  names,
  clauses,
  statements,
  reference,
  machine,
  lockFile,
  links,
];

/** All that is not as it should be in these files. Reads nothing else. */
export const tidy = (files: Files): readonly Violation[] => rules.flatMap((rule) => rule(files));

export function tidyRepository(dir: string = root): readonly Violation[] {
  return tidy(
    new Map(repositoryFiles(dir).map((path) => [path, isText(path) ? readFileSync(join(dir, path), 'utf8') : ''])),
  );
}

/** Prints one line for each violation, as `path:line: why`. */
export function showViolations(violations: readonly Violation[]): void {
  for (const { path, line, why } of violations)
    process.stdout.write(`${path}${line === undefined ? '' : `:${line}`}: ${why}\n`);
}

const isText = (path: string): boolean =>
  !/\.(?:png|jpe?g|gif|ico|webp|avif|woff2?|ttf|gz|zst|tgz|zip|db|sqlite|bin|onnx|pmtiles|parquet|csv)$/.test(path);

if (import.meta.main) {
  const violations = tidyRepository();
  showViolations(violations);
  process.stdout.write(`${violations.length === 0 ? 'Tidy' : `Not tidy: ${violations.length} violations`}\n`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
