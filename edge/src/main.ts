import { readFile } from 'node:fs/promises';
import { flushCompileCache } from 'node:module';
import { describeFailure, Fault, jsonLog, readConfig, readFlags } from '@selvedge/kernel';
import { systemClock, systemEntropy, systemRandom } from '@selvedge/kernel/system';
import { type EdgeConfig, edgeConfig } from './config.ts';
import { edgeMachine } from './machine.ts';

/** Reads the configuration, runs one edge node until a signal, and leaves with 0, or with 1 and two lines that say why. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await run(await readSettings(argv));
  } catch (cause) {
    const fault = cause instanceof Fault ? cause : undefined;
    process.send?.({ failed: describeFailure(cause) });
    process.stderr.write(
      `Error: ${cause instanceof Error ? cause.message : cause}\nTry: ${fault?.hint ?? 'look at the log lines above'}\n`,
    );
    process.exitCode = 1;
    if (process.connected) process.disconnect();
  }
}

async function readSettings(argv: readonly string[]): Promise<EdgeConfig> {
  const read = readFlags(argv);
  if (!read.ok)
    throw new Fault('CONFIG_INVALID', { hint: 'See `selvedge config edge`.', retry: 'never' }, read.why, {});
  const flags = { ...read.value };
  const path = flags['config'] as string | undefined;
  delete flags['config'];
  const file: unknown = path === undefined ? undefined : JSON.parse(await readFile(path, 'utf8'));
  return readConfig(edgeConfig, { prefix: 'SELVEDGE_EDGE', env: process.env, file, flags });
}

async function run(config: EdgeConfig): Promise<void> {
  const log = jsonLog((line) => process.stderr.write(line), systemClock, config.logLevel);
  const machine = await edgeMachine(config, { clock: systemClock, random: systemRandom, entropy: systemEntropy, log });
  const ended = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
    process.on('disconnect', () => resolve());
  });
  await machine.start(new AbortController().signal);
  const { journal } = machine.node;
  log.info('node.started', { node: config.node.id, epoch: journal.epoch, offset: journal.head.offset });
  // A process that is killed leaves no cache behind, and the next one would strip all types again.
  flushCompileCache();
  process.send?.({ ready: true, node: config.node.id, listening: machine.listening });
  await ended;
  await machine.stop();
  log.info('node.stopped', { node: config.node.id });
  if (process.connected) process.disconnect();
}

if (import.meta.main) await main(process.argv.slice(2));
