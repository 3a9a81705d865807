import { posix } from 'node:path';
import { matches } from './rule.ts';

export interface Import {
  /** A path from the root of the checkout where it is `local`, else the name as it is written. */
  readonly target: string;
  readonly local: boolean;
  readonly line: number;
}

const statement =
  /^[ \t]*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]|^[ \t]*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm;

/** What a file imports or re-exports, statically or not. */
export function importsOf(path: string, text: string): readonly Import[] {
  return matches(text, statement).map(({ line, match }) => {
    const name = match[1] ?? match[2] ?? match[3]!;
    const local = name.startsWith('.');
    return { line, local, target: local ? posix.join(posix.dirname(path), name) : name };
  });
}
