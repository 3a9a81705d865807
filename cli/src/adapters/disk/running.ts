import { readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What one running `up` tells the other verbs. Its name on disk is the port of its API. */
export interface RunningEntry {
  /** Data folder. */
  readonly data: string;
  readonly pid: number;
  /** Path of the control socket. */
  readonly socket: string;
}

export interface FoundEntry extends RunningEntry {
  /** False when the process is gone and left the entry behind. */
  readonly alive: boolean;
}

/** The `up` that has this port, as it wrote itself down; undefined when none did, or nobody can read it. */
export function findRunning(root: string, port: number): FoundEntry | undefined {
  try {
    const { data, pid, socket } = JSON.parse(readFileSync(entryPath(root, port), 'utf8')) as Partial<RunningEntry>;
    if (typeof data !== 'string' || typeof socket !== 'string' || !Number.isInteger(pid) || pid! <= 0) return undefined;
    return { data, pid: pid!, socket, alive: isAlive(pid!) };
  } catch {
    return undefined;
  }
}

/** Writes an entry that only its owner can read. The returned function removes it, unless it is another's by now. */
export async function writeRunning(root: string, port: number, entry: RunningEntry): Promise<() => Promise<void>> {
  const path = entryPath(root, port);
  const fresh = `${path}.${entry.pid}`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(fresh, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
  await rename(fresh, path);
  return async () => {
    if (findRunning(root, port)?.pid === entry.pid) await rm(path, { force: true });
  };
}

const entryPath = (root: string, port: number): string => join(root, '.selvedge', 'running', `${port}.json`);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    // A process of somebody else is alive too.
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}
