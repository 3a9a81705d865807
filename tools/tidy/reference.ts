import { type Files, isCode, isTest, matches, type Rule, type Violation } from './rule.ts';

/** What stands in a file of this name must stand in that page of the reference, which `npm run docs` makes. */
const threads = [
  { file: /(^|\/)faults\.ts$/, row: /^\s+([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+): \{/gm, page: 'docs/reference/faults.md' },
  { file: /(^|\/)metrics\.ts$/, row: /\bname: '([a-z0-9_]+)'/g, page: 'docs/reference/metrics.md' },
] as const;

/** Tables stand where the reference finds them. */
const tables = [{ call: /\bdefineFaults\(/g, file: /(^|\/)faults?\.ts$/, home: 'faults.ts' }] as const;

/** Every fault code and metric stands in the generated reference. */
export const reference: Rule = (files) => [...threadsOf(files), ...strayTables(files)];

function threadsOf(files: Files): readonly Violation[] {
  return threads.flatMap(({ file, row, page }) => {
    const known = new Set(files.get(page)?.match(/\w+/g));
    return [...files].flatMap(([path, text]) => {
      if (!file.test(path) || !isProduct(path)) return [];
      const missing = matches(text, row).filter(({ match }) => !known.has(match[1]!));
      if (missing.length === 0) return [];
      const list = missing.map(({ match }) => match[1]).join(', ');
      return [{ path, line: missing[0]!.line, why: `${list} missing in ${page}: run npm run docs` }];
    });
  });
}

function strayTables(files: Files): readonly Violation[] {
  return tables.flatMap(({ call, file, home }) =>
    [...files]
      .filter(([path]) => isProduct(path) && !file.test(path))
      .flatMap(([path, text]) =>
        matches(text, call).map(({ line }) => ({ path, line, why: `this table belongs into a file called ${home}` })),
      ),
  );
}

const isProduct = (path: string): boolean =>
  isCode(path) && !isTest(path) && /^(packages|device|edge|cloud|cli|console)\//.test(path);
