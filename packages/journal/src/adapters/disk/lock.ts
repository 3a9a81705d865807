import { readFileSync } from 'node:fs';
import { link, open, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { DiskError, diskCode } from '../../disk.ts';

/**
 * A lock file with the holder's process id and, where the system tells, when that process started: so that neither one
 * that was killed nor another one that got its number later keeps the folder locked. A file that nobody holds stays, so
 * that a node can lock and start on a disk without a free block.
 */
export async function takeLock(path: string): Promise<() => Promise<void>> {
  const me = describe(process.pid);
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    const holder = await contentOf(path);
    if (holder !== undefined && isAlive(holder)) {
      throw new DiskError('EBUSY', `${path} is locked`, `process ${holder.split(' ')[0]}`);
    }
    if (holder === undefined ? await create(path, me) : await takeOver(path, holder, me)) {
      return () => overwrite(path, free);
    }
  }
  throw new DiskError('EBUSY', `${path} is being locked by others`);
}

const attemptsMax = 10;
const free = '-';
const lengthMax = 64;

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'latin1')).trim();
  } catch (cause) {
    if (diskCode(cause) === 'ENOENT') return undefined;
    throw cause;
  }
}

async function create(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content.padEnd(lengthMax), { flag: 'wx', mode: 0o640 });
    return true;
  } catch (cause) {
    if (diskCode(cause) === 'EEXIST') return false;
    throw cause;
  }
}

/**
 * Moves the file of a holder that is gone aside, makes it ours, and moves it back where by now nobody else may have one.
 * False if somebody was quicker.
 */
async function takeOver(path: string, holder: string, me: string): Promise<boolean> {
  const aside = `${path}.${process.pid}.tmp`;
  try {
    await rename(path, aside);
    const mine = (await contentOf(aside)) === holder;
    if (mine) await overwrite(aside, me);
    await link(aside, path);
    return mine;
  } catch (cause) {
    if (diskCode(cause) === 'ENOENT' || diskCode(cause) === 'EEXIST') return false;
    throw cause;
  } finally {
    await unlink(aside).catch(() => undefined);
  }
}

/** In place: the file has its block already. */
async function overwrite(path: string, content: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.write(content.padEnd(lengthMax), 0, 'latin1').finally(() => file.close());
}

const describe = (pid: number): string => `${pid} ${startOf(pid) ?? '?'}`;

function isAlive(holder: string): boolean {
  const [pid, start] = holder.split(' ');
  if (!pid || !(Number(pid) > 0)) return false;
  try {
    process.kill(Number(pid), 0);
  } catch (cause) {
    return diskCode(cause) === 'EPERM';
  }
  const now = startOf(Number(pid));
  return now === undefined || start === '?' || now === start;
}

/** Field 22 of /proc/PID/stat (proc(5)): ticks since the machine was started. Undefined where there is no such file. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
