import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../repository.ts';

const alone = ['device', 'edge', 'cloud', 'cli', 'console'];

interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

/** The workspaces that are published, by their folder's last name. */
export const workspaces = (): readonly string[] => [...readdirSync(join(root, 'packages')), ...alone.filter(isWritten)];

export const folderOf = (name: string): string => (alone.includes(name) ? name : `packages/${name}`);

const isWritten = (name: string): boolean => existsSync(join(root, folderOf(name), 'src'));

interface Staged {
  readonly name: string;
  readonly stage: string;
}

/** Lays out one workspace as it is published: JavaScript and declarations in dist/, and a package.json that leads there. */
export function stage(name: string, built: string, out: string): Staged {
  return layOut(name, join(built, folderOf(name), 'src'), out, published);
}

/** The console is published as the files of its page: what it is built of is in them. */
export function stageConsole(page: string, out: string): Staged {
  return layOut('console', page, out, ({ dependencies: _, ...manifest }) => ({
    ...published(manifest),
    exports: { './*': './dist/*' },
  }));
}

function layOut(name: string, dist: string, out: string, manifestOf: (manifest: Manifest) => object): Staged {
  const from = join(root, folderOf(name));
  const to = join(out, name);
  rmSync(to, { recursive: true, force: true });
  mkdirSync(to, { recursive: true });
  cpSync(dist, join(to, 'dist'), { recursive: true });
  for (const part of ['bin', 'README.md']) {
    if (existsSync(join(from, part))) cpSync(join(from, part), join(to, part), { recursive: true });
  }
  cpSync(join(root, 'LICENSE'), join(to, 'LICENSE'));
  const manifest: Manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
  writeFileSync(join(to, 'package.json'), `${JSON.stringify(manifestOf(manifest), undefined, 2)}\n`);
  return { name: manifest.name, stage: to };
}

/** The manifest for those who install: its exports lead to what was built. */
export function published({
  private: _,
  scripts: __,
  devDependencies: ___,
  exports: sources = {},
  ...rest
}: Manifest): Manifest {
  const entries = Object.entries(sources).map(([entry, source]) => [entry, builtEntry(source)]);
  return { ...rest, files: ['dist', 'bin'], exports: Object.fromEntries(entries) };
}

/** `./src/index.ts` is built as `./dist/index.js`, with its declarations beside it. */
function builtEntry(source: string): object {
  const built = source.replace(/^\.\/src\//, './dist/').replace(/\.ts$/, '');
  return { types: `${built}.d.ts`, default: `${built}.js` };
}
