/** `npm run docs` writes docs/reference from the tables in the code; with `--check` it only says whether they differ. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliPage } from './docgen/cli-page.ts';
import { complaintsAbout } from './docgen/complaints.ts';
import { configPages } from './docgen/config-page.ts';
import { faultsPage } from './docgen/faults-page.ts';
import { metricsPage } from './docgen/metrics-page.ts';
import { type CodeTables, readTables } from './docgen/read-tables.ts';
import { root } from './repository.ts';

/** File names in docs/reference with what they shall contain. */
export type Pages = ReadonlyMap<string, string>;

export const pagesOf = (tables: CodeTables): Pages =>
  new Map([
    ['faults.md', faultsPage(tables.faults)],
    ['metrics.md', metricsPage(tables.metrics)],
    ...configPages(tables.configs),
    ...(tables.commandLine ? [['cli.md', cliPage(tables.commandLine)] as const] : []),
  ]);

/** The names of pages that are missing, stand there for nothing, or have other content than they shall. */
export function differences(pages: Pages, dir: string): readonly string[] {
  const present = existsSync(dir) ? readdirSync(dir) : [];
  const stale = present.filter((name) => !pages.has(name));
  const changed = [...pages].filter(
    ([name, text]) => !present.includes(name) || readFileSync(join(dir, name), 'utf8') !== text,
  );
  return [...stale, ...changed.map(([name]) => name)].sort((a, b) => (a < b ? -1 : 1));
}

export function writePages(pages: Pages, dir: string): void {
  mkdirSync(dir, { recursive: true });
  for (const name of differences(pages, dir)) {
    const text = pages.get(name);
    if (text === undefined) rmSync(join(dir, name), { recursive: true });
    else writeFileSync(join(dir, name), text);
  }
}

async function main(argv: readonly string[]): Promise<number> {
  const tables = await readTables(root);
  const complaints = complaintsAbout(tables);
  for (const complaint of complaints) process.stderr.write(`${complaint}\n`);
  if (complaints.length > 0)
    return fail('the tables in the code are not in order, see above.', 'correct them where they stand.');
  const reference = join(root, 'docs', 'reference');
  const pages = pagesOf(tables);
  const differing = differences(pages, reference);
  if (argv.includes('--check')) {
    return differing.length === 0
      ? 0
      : fail(`docs/reference differs from the code: ${differing.join(', ')}.`, 'npm run docs');
  }
  writePages(pages, reference);
  process.stdout.write(`${pages.size} pages, ${differing.length} changed\n`);
  return 0;
}

function fail(what: string, advice: string): number {
  process.stderr.write(`Error: ${what}\nTry: ${advice}\n`);
  return 1;
}

if (import.meta.main) {
  process.exitCode = await main(process.argv.slice(2)).catch((cause: Error) =>
    fail(cause.message, 'mend that part, then npm run docs'),
  );
}
