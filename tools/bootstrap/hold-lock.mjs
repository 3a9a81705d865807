import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/** Milliseconds. */
const wait = { poll: 250, settle: 50 };

/**
 * Waits until this process alone holds the lock file. The file lists the processes that work under it; once all of them
 * are gone, whoever comes next takes it over.
 * @param {string} path
 */
export async function holdLock(path) {
  let told = false;
  while (!(await take(path))) {
    if (await isAbandoned(path)) {
      rmSync(path, { force: true });
      continue;
    }
    if (!told) process.stderr.write('Waiting for another start, which installs\n');
    told = true;
    await pause(wait.poll);
  }
  return {
    /** @param {number} pid of a process that keeps the lock alive too */
    add: (pid) => writeFileSync(path, `${process.pid} ${pid}`),
    release: () => rmSync(path, { force: true }),
  };
}

/**
 * Two that find the same dead holder could each remove the file, the second one the lock that the first has just made:
 * so it counts only if it still stands a moment later.
 * @param {string} path
 */
async function take(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
  } catch (cause) {
    if (/** @type {NodeJS.ErrnoException} */ (cause).code === 'EEXIST') return false;
    throw cause;
  }
  await pause(wait.settle);
  return readHolders(path)[0] === process.pid;
}

/**
 * Asked twice, because the file is empty for a moment when it is made.
 * @param {string} path
 */
async function isAbandoned(path) {
  if (readHolders(path).some(isAlive)) return false;
  await pause(wait.settle);
  return !readHolders(path).some(isAlive);
}

/** @param {string} path */
function readHolders(path) {
  try {
    return readFileSync(path, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (cause) {
    // EPERM: it lives, and belongs to somebody else.
    return /** @type {NodeJS.ErrnoException} */ (cause).code === 'EPERM';
  }
}

/**
 * What nobody has waited for still has a number, in a container often for ever. Only Linux tells.
 * @param {number} pid
 */
function isZombie(pid) {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.startsWith('Z') ?? false;
  } catch {
    return false;
  }
}

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
