import { posix } from 'node:path';
import { importsOf } from './imports.ts';
import { type Files, isCode, isTest, type Rule } from './rule.ts';

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** A published workspace names what it imports: in the clone a package that others brought would be found all the same. */
export const dependencies: Rule = (files) =>
  [...files].flatMap(([path, text]) => {
    if (!isCode(path) || isTest(path)) return [];
    const home = workspaceOf(path, files);
    if (home === undefined) return [];
    const manifest: Manifest = JSON.parse(files.get(`${home}/package.json`)!);
    if (manifest.private) return [];
    const declared = declaredIn(manifest);
    return importsOf(path, text)
      .filter(({ target, local }) => !local && !target.startsWith('node:'))
      .map(({ target, line }) => ({
        line,
        name: target
          .split('/')
          .slice(0, target.startsWith('@') ? 2 : 1)
          .join('/'),
      }))
      .filter(({ name }) => !declared.includes(name))
      .map(({ line, name }) => ({ path, line, why: `${name} is not among the dependencies in ${home}/package.json` }));
  });

/** The nearest folder above with a package.json and sources; tools and others without one are the house's own. */
function workspaceOf(path: string, files: Files): string | undefined {
  for (let dir = posix.dirname(path); dir !== '.'; dir = posix.dirname(dir)) {
    if (files.has(`${dir}/package.json`)) return path.startsWith(`${dir}/src/`) ? dir : undefined;
  }
  return undefined;
}

const declaredIn = ({ name, dependencies, peerDependencies, optionalDependencies }: Manifest): readonly string[] => [
  name,
  ...Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies }),
];
