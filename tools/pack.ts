/**
 * `node tools/bootstrap.mjs tools/pack.ts [NAME…]` makes the tarballs that are published, in out/pack. In the clone the
 * exports lead to the sources, so that they run without a build; what is installed below node_modules must be JavaScript.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { emit } from './pack/emit.ts';
import { stage, stageConsole, workspaces } from './pack/stage.ts';
import { root } from './repository.ts';
import { findCommand, watch } from './world.ts';

export interface Packed {
  /** As in package.json. */
  readonly name: string;
  /** The folder that was packed. */
  readonly stage: string;
  readonly tarball: string;
}

/** Builds, stages and packs the named workspaces (`kernel`, `edge` …), or all that are published. */
export async function pack(names: readonly string[] = workspaces()): Promise<readonly Packed[]> {
  const out = join(root, 'out', 'pack');
  const built = await emit(
    names.filter((name) => name !== 'console'),
    out,
  );
  const packed: Packed[] = [];
  for (const name of names) {
    const staged = name === 'console' ? stageConsole((await buildConsole()).dir, out) : stage(name, built, out);
    packed.push({ ...staged, tarball: join(out, await npmPack(staged.stage, out)) });
  }
  return packed;
}

/** Loaded from its path, because the console has a compilation of its own. */
async function buildConsole(): Promise<{ readonly dir: string }> {
  const module = await import(pathToFileURL(join(root, 'console', 'build.ts')).href);
  return module.buildConsole();
}

/** The file name of the tarball in `out`. */
async function npmPack(dir: string, out: string): Promise<string> {
  const args = ['pack', '--json', '--ignore-scripts', '--loglevel=error', '--pack-destination', out];
  const { code, stdout, stderr } = await watch(spawn(findCommand('npm') ?? 'npm', args, { cwd: dir })).ended;
  if (code !== 0) throw new Error(`npm pack in ${dir} ended with ${code}: ${stderr}`);
  // npm 12 gives an object by package name, those before it a list.
  const [first] = Object.values(JSON.parse(stdout) as Record<string, { filename: string }>);
  return first!.filename;
}

if (import.meta.main) {
  const names = process.argv.slice(2);
  const unknown = names.filter((name) => !workspaces().includes(name));
  if (unknown.length > 0) {
    process.stderr.write(`Error: there is no workspace ${unknown.join(', ')}.\nTry: ${workspaces().join(', ')}\n`);
    process.exitCode = 2;
  } else {
    for (const { tarball } of await pack(names.length === 0 ? undefined : names)) process.stdout.write(`${tarball}\n`);
  }
}
