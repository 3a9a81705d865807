import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock, systemRandom } from '@selvedge/kernel/system';
import { runCommandLine } from './run.ts';
import { stopSignals } from './stop-signals.ts';
import type { Output, VerbWorld } from './verb.ts';
import { verbs } from './verbs/index.ts';

const above = fileURLToPath(new URL('../..', import.meta.url));
const signals = stopSignals(() => performance.now());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => signals.heard(signal));
// The supervisor is gone, so nobody would end this process.
if (process.send) process.on('disconnect', () => signals.end(new Error('the supervisor has ended')));
// A reader such as `head` that has seen enough is no failure.
process.stdout.on('error', (cause: NodeJS.ErrnoException) => {
  if (cause.code !== 'EPIPE') throw cause;
  signals.end(cause);
});

const out: Output = {
  isTerminal: process.stdout.isTTY === true,
  columns: process.stdout.columns || 80,
  write: (text) => void process.stdout.write(text),
  complain: (text) => void process.stderr.write(text),
};

const world: VerbWorld = {
  env: process.env,
  root: existsSync(join(above, 'tools', 'bootstrap.mjs')) ? above : process.cwd(),
  clock: systemClock,
  random: systemRandom,
  out,
  fetch,
  signal: signals.stop,
  urgent: signals.urgent,
};

process.exitCode = await runCommandLine(process.argv.slice(2), verbs, world);
// The channel to a supervisor would keep the process alive.
if (process.connected) process.disconnect();
