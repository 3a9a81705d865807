import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * Strips the types of the long-running programs once, in processes that end: one that strips them itself holds 30 MiB
 * more for as long as it lives. Where the cache cannot be written, or this fails, everything runs all the same.
 * @param {string} node
 * @param {string} root
 * @param {string} cache  folder of Node's compile cache; that it exists says that this was done
 */
export async function warm(node, root, cache) {
  if (existsSync(cache)) return;
  try {
    mkdirSync(cache, { recursive: true });
  } catch {
    return;
  }
  /** @param {string} path */
  const at = (path) => JSON.stringify(pathToFileURL(join(root, path)).href);
  const told = await evaluate(
    node,
    [],
    `const it = await import(${at('edge/src/config.ts')}); console.log(it.edgeNodeFlags.join(' '))`,
    cache,
  );
  // Flags are part of the cache's key, so each program is loaded with those that it runs with.
  const edgeFlags = told
    .trim()
    .split(' ')
    .filter((flag) => flag !== '');
  await Promise.all([
    evaluate(node, edgeFlags, `await import(${at('edge/src/main.ts')})`, cache),
    evaluate(node, [], `await import(${at('cloud/src/main.ts')})`, cache),
  ]);
}

/**
 * @param {string} node
 * @param {string[]} flags
 * @param {string} code
 * @param {string} cache
 * @returns {Promise<string>} what it printed; empty if it failed
 */
const evaluate = (node, flags, code, cache) =>
  new Promise((resolve) => {
    const child = spawn(node, [...flags, '--input-type=module', '--eval', code], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, NODE_COMPILE_CACHE: cache },
    });
    let told = '';
    child.stdout.on('data', (bytes) => (told += bytes));
    child.on('error', () => resolve(''));
    child.on('close', (code) => resolve(code === 0 ? told : ''));
  });
