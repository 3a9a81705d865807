#!/usr/bin/env node
// Finds a Node that can run the command line: this one from 24 on, else the one that npm brought as an optional package.
// Stands alone, because it is published without tools/ and must run on old versions too.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as modules from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const sources = join(here, '..', 'src', 'main.ts');
const main = existsSync(sources) ? sources : join(here, '..', 'dist', 'main.js');
// Sources are stripped of their types once and kept; processes started from here find them by the environment.
const cache = join(here, '..', '..', 'node_modules', '.cache', 'node');
if (existsSync(sources)) process.env['NODE_COMPILE_CACHE'] ??= cache;

if (Number(process.versions.node.split('.')[0]) >= 24) await runHere();
else runWith(findNode(here));

async function runHere() {
  process.removeAllListeners('warning');
  process.on('warning', (warning) => {
    if (warning.name !== 'ExperimentalWarning') console.error(`${warning.name}: ${warning.message}`);
  });
  if (existsSync(sources)) modules.enableCompileCache(cache);
  process.argv[1] = main;
  await import(pathToFileURL(main).href);
}

/** @param {string | undefined} node */
function runWith(node) {
  if (node === undefined) {
    console.error(`Error: Node 24 or newer is needed; this is ${process.version}.`);
    console.error('Try: install Node 24 (https://nodejs.org), then repeat the command.');
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', main, ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // In a terminal Ctrl-C reaches both processes; passing it on would count as a second one.
  const terminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !terminal) child.kill(signal);
    });
  }
  child.on('exit', (code, signal) => {
    process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
  });
}

/**
 * @param {string} dir
 * @returns {string | undefined}
 */
function findNode(dir) {
  const node = join(dir, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(node)) return node;
  return dirname(dir) === dir ? undefined : findNode(dirname(dir));
}
