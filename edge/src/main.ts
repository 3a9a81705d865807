import { readFile } from 'node:fs/promises';
import { flushCompileCache } from 'node:module';
import { type ConfigSources, describeFailure, Fault, jsonLog, readConfig, readFlags } from '@selvedge/kernel';
import { systemClock, systemEntropy, systemRandom } from '@selvedge/kernel/system';
import { edgeConfig } from './config.ts';
import { configuredMachine } from './join/configured.ts';

/** Reads the configuration, runs one edge node until a signal, and leaves with 0, or with 1 and two lines that say why. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await run(await readSources(argv));
  } catch (cause) {
    const fault = cause instanceof Fault ? cause : undefined;
    process.send?.({ failed: describeFailure(cause) });
    process.stderr.write(
      `Error: ${cause instanceof Error ? cause.message : cause}\nTry: ${fault?.hint ?? 'look at the log lines above'}\n`,
    );
    process.exitCode = 1;
    if (process.connected) process.disconnect();
    // What does not stop would keep the process, and whoever supervises it waits for its end.
    if (fault?.code === 'EDGE_CONFIGURATION_STUCK') process.exit();
  }
}

async function readSources(argv: readonly string[]): Promise<ConfigSources> {
  const read = readFlags(argv);
  if (!read.ok)
    throw new Fault('CONFIG_INVALID', { hint: 'See `selvedge config edge`.', retry: 'never' }, read.why, {});
  const flags = { ...read.value };
  const path = flags['config'] as string | undefined;
  delete flags['config'];
  const file: unknown = path === undefined ? undefined : JSON.parse(await readFile(path, 'utf8'));
  return { prefix: 'SELVEDGE_EDGE', env: process.env, file, flags };
}

async function run(sources: ConfigSources): Promise<void> {
  // What the machine itself says must be right, also where the cloud says something else.
  const own = readConfig(edgeConfig, sources);
  const log = jsonLog((line) => process.stderr.write(line), systemClock, own.logLevel);
  const world = { clock: systemClock, random: systemRandom, entropy: systemEntropy, log };
  const configured = configuredMachine(sources, own, world);
  const ended = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
    process.on('disconnect', () => resolve());
  });
  await configured.start(new AbortController().signal);
  const { node, listening } = configured.machine;
  log.info('node.started', { node: own.node.id, epoch: node.journal.epoch, offset: node.journal.head.offset });
  // A process that is killed leaves no cache behind, and the next one would strip all types again.
  flushCompileCache();
  process.send?.({ ready: true, node: own.node.id, listening });
  await Promise.race([ended, configured.broken]);
  await configured.stop();
  log.info('node.stopped', { node: own.node.id });
  if (process.connected) process.disconnect();
}

if (import.meta.main) await main(process.argv.slice(2));
