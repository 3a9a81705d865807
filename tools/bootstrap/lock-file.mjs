import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {{ version?: string, integrity?: string, link?: boolean, optional?: boolean,
 *   os?: string | string[], cpu?: string | string[], libc?: string | string[] }} Locked
 */

/** @param {string} root */
export const lockPath = (root) => join(root, 'package-lock.json');

/**
 * Names what an installation was made for: the lock file's content and the kind of machine.
 * @param {string} root
 */
export function lockHash(root) {
  const hash = createHash('sha256')
    .update(readFileSync(lockPath(root)))
    .digest('hex');
  return `${hash} ${process.platform} ${process.arch}\n`;
}

/**
 * The packages that an installation on this machine must contain, by their place.
 * @param {string} root
 * @returns {[string, Locked][]}
 */
export function wantedHere(root) {
  return Object.entries(readPackages(lockPath(root))).filter(([place, locked]) => place !== '' && !mayBeAbsent(locked));
}

/**
 * True when npm's own note of what it installed contains all that the lock file wants here, so that a plain `npm ci` or
 * `npm install` by hand counts too.
 * @param {string} root
 */
export function isInstalled(root) {
  const note = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(note)) return false;
  const installed = readPackages(note);
  return wantedHere(root).every(([place, locked]) => {
    const here = installed[place];
    return here !== undefined && here.version === locked.version && here.integrity === locked.integrity;
  });
}

/**
 * An optional package is left out where it is not for this machine, or belongs to one that is not.
 * @param {Locked} locked
 */
function mayBeAbsent(locked) {
  if (!locked.optional) return false;
  const named = locked.os !== undefined || locked.cpu !== undefined || locked.libc !== undefined;
  return !named || !fits(locked.os, process.platform) || !fits(locked.cpu, process.arch) || !fits(locked.libc, libc());
}

/**
 * @param {string | string[] | undefined} allowed
 * @param {string} here
 */
const fits = (allowed, here) => allowed === undefined || [allowed].flat().includes(here);

/** Only Linux has two C libraries to tell apart. */
function libc() {
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return report.header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
}

/**
 * @param {string} path
 * @returns {Record<string, Locked>}
 */
function readPackages(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}
