import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../repository.ts';
import { watch } from '../world.ts';
import { folderOf } from './stage.ts';

/**
 * Compiles the sources of the named workspaces, and of what they import, to JavaScript and declarations. Returns the
 * folder with the result, laid out like the repository.
 */
export async function emit(names: readonly string[], out: string): Promise<string> {
  const built = join(out, '.emit');
  rmSync(built, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  if (names.length === 0) return built;
  const config = join(out, 'tsconfig.json');
  writeFileSync(config, JSON.stringify(compilation(names, built)));
  const { code, stdout } = await watch(
    spawn(process.execPath, [realpathSync(join(root, 'node_modules/.bin/tsc')), '-p', config]),
  ).ended;
  if (code !== 0) throw new Error(`the sources do not compile:\n${stdout}`);
  rewrite(built);
  return built;
}

const compilation = (names: readonly string[], outDir: string): object => ({
  extends: join(root, 'tsconfig.json'),
  compilerOptions: {
    noEmit: false,
    declaration: true,
    rewriteRelativeImportExtensions: true,
    allowJs: false,
    checkJs: false,
    rootDir: root,
    outDir,
    typeRoots: [join(root, 'node_modules/@types')],
  },
  include: names.map((name) => join(root, folderOf(name), 'src')),
  exclude: ['test', 'fixture'].map((kind) => join(root, `**/*.${kind}.ts`)),
});

/** What the compiler leaves as `.ts`: the specifiers in declarations, and the scripts of workers and processes. */
function rewrite(dir: string): void {
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (!entry.isFile() || !/\.(js|d\.ts)$/.test(path)) continue;
    const text = readFileSync(path, 'utf8');
    const pattern = path.endsWith('.d.ts')
      ? /(from |import\()(['"])(\.[^'"]+)\.tsx?\2/g
      : /(new URL\()(['"])(\.[^'"]+)\.ts\2/g;
    writeFileSync(path, text.replace(pattern, '$1$2$3.js$2'));
  }
}
