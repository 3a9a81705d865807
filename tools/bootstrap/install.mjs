import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { holdLock } from './hold-lock.mjs';
import { isInstalled, lockHash, wantedHere } from './lock-file.mjs';
import { progress } from './progress.mjs';
import { Stop } from './stop.mjs';

/**
 * Makes sure that node_modules holds what package-lock.json says. Costs one hash where it does; otherwise runs `npm ci`,
 * one at a time for a checkout, with its output in out/install.log.
 * @param {string} root
 */
export async function install(root) {
  if (isReady(root)) return;
  mkdirSync(join(root, 'out'), { recursive: true });
  const lock = await holdLock(join(root, 'out', 'install.lock'));
  try {
    // Another start may have installed while this one waited for the lock.
    if (isReady(root)) return;
    await npmCi(root, lock);
    writeFileSync(stampPath(root), lockHash(root));
  } finally {
    lock.release();
  }
}

/**
 * The stamp is what makes this quick; whoever may not write it, because another user installed, does without.
 * @param {string} root
 */
function isReady(root) {
  const hash = lockHash(root);
  if (readStamp(root) === hash) return true;
  if (!isInstalled(root)) return false;
  try {
    writeFileSync(stampPath(root), hash);
  } catch {}
  return true;
}

/** @param {string} root */
const stampPath = (root) => join(root, 'node_modules', '.selvedge-install');

/** @param {string} root */
function readStamp(root) {
  try {
    return readFileSync(stampPath(root), 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Development and optional packages are asked for by name, because `omit` in the environment or NODE_ENV=production would
 * leave out Node itself; `http` is the level at which npm tells of each package.
 */
const npmArgs = [
  'ci',
  '--ignore-scripts',
  '--include=dev',
  '--include=optional',
  '--no-audit',
  '--no-fund',
  '--loglevel=http',
];

/**
 * @param {string} root
 * @param {{ add(pid: number): void }} lock
 */
async function npmCi(root, lock) {
  rmSync(stampPath(root), { force: true });
  const logPath = join(root, 'out', 'install.log');
  const log = createWriteStream(logPath);
  const shown = progress(
    wantedHere(root).filter(([place, locked]) => place.includes('node_modules/') && !locked.link).length,
  );
  const npm = startNpm(root);
  if (npm.pid !== undefined) lock.add(npm.pid);
  for (const stream of [npm.stdout, npm.stderr]) {
    stream.on('data', (chunk) => {
      log.write(chunk);
      shown.count(String(chunk).split('.tgz').length - 1);
    });
  }
  const signals = passSignals(npm);
  const end = await ended(npm);
  const stoppedBy = signals.end();
  shown.end(end === 0);
  await new Promise((resolve) => log.end(resolve));
  if (stoppedBy) throw new Stop('stopped by a signal.', undefined, 128 + constants.signals[stoppedBy]);
  if (end !== 0) throw failure(end, logPath);
}

/**
 * Under `npm start` it is the npm that runs us; by hand, the one in the path.
 * @param {string} root
 */
function startNpm(root) {
  const own = process.env.npm_execpath;
  const [command, args] = own?.endsWith('npm-cli.js') ? [process.execPath, [own, ...npmArgs]] : ['npm', npmArgs];
  return spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
}

/**
 * @param {import('node:child_process').ChildProcess} npm
 * @returns {Promise<number | string>} the exit code, or what went wrong instead
 */
const ended = (npm) =>
  new Promise((resolve) => {
    npm.on('error', (cause) => resolve(cause.message));
    npm.on('close', (code, signal) => resolve(code ?? String(signal)));
  });

/**
 * Signals end npm, which is waited for, so that the lock is held until nobody writes any more.
 * @param {import('node:child_process').ChildProcess} npm
 */
function passSignals(npm) {
  /** @type {NodeJS.Signals | undefined} */
  let came;
  /** @param {NodeJS.Signals} signal */
  const pass = (signal) => {
    came = signal;
    npm.kill(signal);
  };
  for (const signal of passed) process.on(signal, pass);
  return {
    end() {
      for (const signal of passed) process.off(signal, pass);
      return came;
    },
  };
}

const passed = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * @param {number | string} end
 * @param {string} logPath
 */
function failure(end, logPath) {
  const lines = readFileSync(logPath, 'utf8').split('\n');
  const told = lines.filter((line) => line !== '' && !/^npm (http|warn)/.test(line)).slice(0, 30);
  process.stderr.write(`${told.join('\n')}\n`);
  const offline = told.some((line) => /ENOTFOUND|ECONNREFUSED|ETIMEDOUT|EAI_AGAIN|ENOTCACHED/.test(line));
  return new Stop(
    `npm could not install the dependencies (${end}). All it said is in ${logPath}`,
    offline
      ? 'check the network and `npm config get registry`, then repeat the command.'
      : 'mend what npm says above, then repeat the command.',
  );
}
