import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { consoleFaults } from './faults.ts';

export interface ConsoleBuild {
  /** The folder to serve at `/`. */
  readonly dir: string;
  /** False when what lies there was built from the same sources. */
  readonly built: boolean;
  readonly milliseconds: number;
}

export interface ConsoleBuildOptions {
  /** Build although nothing has changed. */
  readonly force?: boolean;
  /** The folder with the sources; the console's own by default. */
  readonly from?: string;
}

const stampName = '.sources';

/**
 * Builds the console into `dist` below its folder if its sources changed since the last time. Prints nothing. The new
 * folder is finished elsewhere and then takes the place of the old one, so a server never sees half of one.
 * Throws CONSOLE_BUILD_FAILED.
 */
export async function buildConsole(options: ConsoleBuildOptions = {}): Promise<ConsoleBuild> {
  const started = performance.now();
  const from = options.from ?? fileURLToPath(new URL('.', import.meta.url));
  const dir = join(from, 'dist');
  const stamp = await hashOfSources(from);
  const took = () => Math.round(performance.now() - started);
  if (options.force !== true && (await stampOf(dir)) === stamp) return { dir, built: false, milliseconds: took() };

  const work = join(from, 'out', `build-${process.pid}`);
  try {
    // Vite takes a while to load, which a start that has nothing to build need not pay.
    const [{ build }, { default: config }] = await Promise.all([import('vite'), import('./vite.config.ts')]);
    const outDir = join(work, 'new');
    await build({
      ...config,
      root: from,
      configFile: false,
      logLevel: 'silent',
      build: { ...config.build, outDir, emptyOutDir: true },
    });
    await writeFile(join(outDir, stampName), stamp);
    await takePlace(outDir, dir, join(work, 'old'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw consoleFaults('CONSOLE_BUILD_FAILED', `the console could not be built: ${reason}`, { dir }, cause);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return { dir, built: true, milliseconds: took() };
}

/** Another process may build at the same time and be first; then its folder gives way to ours, which is the same. */
async function takePlace(next: string, place: string, aside: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await rename(place, `${aside}-${attempt}`).catch(unless('ENOENT'));
    try {
      return await rename(next, place);
    } catch (cause) {
      if (attempt === 5) throw cause;
      unless('ENOTEMPTY', 'EEXIST')(cause as NodeJS.ErrnoException);
    }
  }
}

function unless(...codes: readonly string[]): (cause: NodeJS.ErrnoException) => void {
  return (cause) => {
    if (!codes.includes(cause.code ?? '')) throw cause;
  };
}

async function stampOf(dir: string): Promise<string | undefined> {
  return readFile(join(dir, stampName), 'utf8').catch(() => undefined);
}

/** Everything that can change the result: the sources, without their tests, and the versions of the dependencies. */
async function hashOfSources(from: string): Promise<string> {
  const folders = await Promise.all(['src', 'public'].map((name) => filesBelow(join(from, name))));
  const loose = ['index.html', 'vite.config.ts', 'build.ts', 'package.json', join('..', 'package-lock.json')];
  const files = [...folders.flat(), ...loose.map((name) => join(from, name))].sort((a, b) => (a < b ? -1 : 1));
  const hash = createHash('sha256');
  for (const file of files) {
    const name = relative(from, file);
    if (name.includes('.test.') || name.startsWith(join('src', 'test'))) continue;
    const content = await readFile(file).catch(() => Buffer.alloc(0));
    hash.update(`${name} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
