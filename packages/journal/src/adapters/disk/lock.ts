import { readFileSync } from 'node:fs';
import { open, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { DiskError, diskCode } from '../../disk.ts';

/**
 * A lock file with the holder's process id and, where the system tells, when it started: so that neither a process that
 * was killed nor another one that got its number later keeps the folder locked.
 */
export async function takeLock(path: string): Promise<() => Promise<void>> {
  const me = describe(process.pid);
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    if (await create(path, me)) return () => unlink(path);
    const holder = await readFile(path, 'utf8').catch((cause: unknown) => {
      if (diskCode(cause) === 'ENOENT') return '';
      throw cause;
    });
    if (isAlive(holder)) throw new DiskError('EBUSY', `${path} is locked`, `process ${holder.split(' ')[0]}`);
    await takeOver(path, holder);
  }
  throw new DiskError('EBUSY', `${path} is being locked by others`);
}

const attemptsMax = 10;

async function create(path: string, content: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o640);
    await file.writeFile(content).finally(() => file.close());
    return true;
  } catch (cause) {
    if (diskCode(cause) === 'EEXIST') return false;
    throw cause;
  }
}

/** Moves a dead holder's file away, unless somebody else has been quicker and it is theirs by now. */
async function takeOver(path: string, holder: string): Promise<void> {
  const aside = `${path}.${process.pid}.tmp`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== holder) await writeFile(path, await readFile(aside), { flag: 'wx' });
    await unlink(aside);
  } catch (cause) {
    if (diskCode(cause) !== 'ENOENT' && diskCode(cause) !== 'EEXIST') throw cause;
  }
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
