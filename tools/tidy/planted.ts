import { tidy } from '../tidy.ts';

/** What tidy says of these files, one line each as it is printed; the rest of the house is empty. */
export function told(files: Readonly<Record<string, string>>): readonly string[] {
  return tidy(new Map(Object.entries(files))).map(
    ({ path, line, why }) => `${path}${line === undefined ? '' : `:${line}`}: ${why}`,
  );
}
