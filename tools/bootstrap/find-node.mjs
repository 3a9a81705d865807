import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Stop } from './stop.mjs';

const majorMin = 24;

/**
 * The Node to run the sources with: the one that runs now where it is new enough, else the one npm brought.
 * @param {string} root of the checkout
 * @param {{ version: string, execPath: string, platform: string, arch: string }} [running]
 * @returns {string} its path
 */
export function findNode(root, running = process) {
  if (Number(running.version.slice(1).split('.')[0]) >= majorMin) return running.execPath;
  const name = `node-${running.platform}-${running.arch}`;
  const brought = join(root, 'node_modules', name, 'bin', 'node');
  if (existsSync(brought)) return brought;
  throw new Stop(
    `Node ${majorMin} or newer is needed; this is ${running.version}, and the package ${name} is not installed.`,
    `install Node ${majorMin} (https://nodejs.org), then repeat the command.`,
  );
}
