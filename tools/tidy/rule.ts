/** The text of every file by its path from the root of the checkout; files that are no text are there with none. */
export type Files = ReadonlyMap<string, string>;

export interface Violation {
  readonly path: string;
  /** Counted from 1; absent when the file as a whole is meant. */
  readonly line?: number;
  readonly why: string;
}

export type Rule = (files: Files) => readonly Violation[];

export const isCode = (path: string): boolean => /\.(ts|tsx|mjs)$/.test(path) && !path.endsWith('.d.ts');

/** Tests, the contract suites that they run, what they share, and what stands in a folder for them. */
export const isTest = (path: string): boolean => /\.(test|contract|fixture)\.tsx?$|^(?!tools\/).*\/test\//.test(path);

export interface Match {
  readonly line: number;
  readonly match: RegExpExecArray;
}

const commentLine = /^[ \t]*(?:\/\/|\/\*|\*(?=[ \t/]|$)).*$/gm;

/** Every match of `pattern`, which has the flag `g`, outside comments that have lines of their own. */
export function matches(text: string, pattern: RegExp): readonly Match[] {
  if (text.search(pattern) < 0) return [];
  const code = text.replace(commentLine, '');
  return [...code.matchAll(pattern)].map((match) => ({ line: lineAt(code, match.index), match }));
}

const lineAt = (text: string, index: number): number => text.slice(0, index).split('\n').length;
