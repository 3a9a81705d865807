#!/usr/bin/env node
// node tools/bootstrap.mjs [--bin NAME] SCRIPT [args…]
//
// Runs SCRIPT of this checkout, or the command NAME that a dependency brings, on Node 24 or newer, after making sure that
// the dependencies are there. Plain JavaScript without dependencies: it is what runs before there are any, on Node 18+.
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNode } from './bootstrap/find-node.mjs';
import { install } from './bootstrap/install.mjs';
import { runChild } from './bootstrap/run-child.mjs';
import { Stop, showStop } from './bootstrap/stop.mjs';
import { warm } from './bootstrap/warm.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

try {
  const { script, args } = wanted(process.argv.slice(2));
  await install(root);
  const node = findNode(root);
  // Stripping the types of every file at every start would double start time and cost each process 30 MiB.
  const cache = join(root, 'node_modules', '.cache', 'node');
  await warm(node, root, cache);
  const env = { NODE_COMPILE_CACHE: cache };
  await runChild(node, ['--disable-warning=ExperimentalWarning', script(), ...args], env);
} catch (cause) {
  showStop(cause);
}

/** @param {string[]} argv */
function wanted(argv) {
  const usage = 'node tools/bootstrap.mjs [--bin NAME] SCRIPT [args…]';
  const [first, second, ...rest] = argv;
  if (first === undefined || (first === '--bin' && second === undefined)) {
    throw new Stop('nothing to run was named.', usage, 2);
  }
  if (first !== '--bin') return { script: () => found(resolve(root, first)), args: argv.slice(1) };
  return { script: () => realpathSync(found(join(root, 'node_modules', '.bin', String(second)))), args: rest };
}

/** @param {string} path */
function found(path) {
  if (existsSync(path)) return path;
  throw new Stop(`${path} does not exist.`, 'look at the scripts in package.json for the commands there are.', 2);
}
