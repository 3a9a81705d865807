import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Runs a command in this terminal and ends this process the way the command ended: same exit code, same signal.
 *
 * Ctrl-C reaches both processes, because the terminal signals the whole group: then it only waits. Without a terminal a
 * signal comes to this process alone, so it passes it on.
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} env  what it sees besides this process's environment
 * @returns {Promise<void>}
 */
export function runChild(command, args, env) {
  const child = spawn(command, args, { stdio: 'inherit', env: { ...env, ...process.env } });
  const terminal = [process.stdin, process.stdout, process.stderr].some((stream) => stream.isTTY);
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !terminal) child.kill(signal);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (signal === null) process.exitCode = code ?? 1;
      else endBySignal(signal);
      resolve();
    });
  });
}

/** @param {NodeJS.Signals} signal */
function endBySignal(signal) {
  process.exitCode = 128 + constants.signals[signal];
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
