import { readdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';

/** The checkout these tools belong to. */
export const root = resolve(import.meta.dirname, '..');

/** What was made, installed or run, never what was written; `data` only at the top. */
const skipped = ['node_modules', 'dist', 'out', '.git', '.selvedge'];

/** Every written file below `dir`, as paths with `/` from there, in one order everywhere. */
export function repositoryFiles(dir: string = root): readonly string[] {
  const walk = (folder: string): string[] =>
    readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (skipped.includes(entry.name) || entry.name.endsWith('.log') || path === join(dir, 'data')) return [];
      return entry.isDirectory() ? walk(path) : [relative(dir, path).replaceAll(sep, '/')];
    });
  return walk(dir).sort((a, b) => (a < b ? -1 : 1));
}
