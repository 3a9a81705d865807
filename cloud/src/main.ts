import { readFile } from 'node:fs/promises';
import {
  configFaults,
  describeFailure,
  explainConfig,
  Fault,
  isFault,
  jsonLog,
  readConfig,
  readFlags,
} from '@selvedge/kernel';
import { systemClock, systemEntropy } from '@selvedge/kernel/system';
import { type CloudConfig, cloudConfig, cloudPrefix, software } from './config.ts';
import { cloudMachine, type Reach } from './machine.ts';

/**
 * Reads the configuration and runs one cloud until SIGINT, SIGTERM or the end of its supervisor. Leaves with 0; with 2
 * for a wrong setting, with 1 for any other fault, both said in two lines.
 */
export async function main(argv: readonly string[]): Promise<void> {
  if (argv.includes('--help')) {
    process.stdout.write(
      `Settings, as --name value or in the environment.\n\n${explainConfig(cloudConfig, cloudPrefix)}`,
    );
    return;
  }
  try {
    await run(await readSettings(argv));
  } catch (cause) {
    const hint = cause instanceof Fault ? cause.hint : 'Look at the log lines above.';
    process.stderr.write(`Error: ${cause instanceof Error ? cause.message : String(cause)}\nTry: ${hint}\n`);
    process.exitCode = isFault(cause, 'CONFIG_INVALID') ? 2 : 1;
    process.send?.({ ready: false, ...describeFailure(cause) });
  }
  // The channel to a supervisor would keep the process alive.
  if (process.connected) process.disconnect();
}

async function readSettings(argv: readonly string[]): Promise<CloudConfig> {
  const read = readFlags(argv);
  if (!read.ok) throw configFaults('CONFIG_INVALID', read.why);
  const { config: path, ...flags } = read.value;
  return readConfig(cloudConfig, { prefix: cloudPrefix, env: process.env, file: await settingsIn(path), flags });
}

async function settingsIn(path: string | undefined): Promise<unknown> {
  if (path === undefined) return undefined;
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw configFaults(
      'CONFIG_INVALID',
      `${path} cannot be read as JSON: ${(cause as Error).message}`,
      { path },
      cause,
    );
  }
}

async function run(config: CloudConfig): Promise<void> {
  const log = jsonLog((line) => process.stderr.write(line), systemClock, config.logLevel);
  const ending = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ending.abort());
  process.on('disconnect', () => ending.abort());
  await using machine = cloudMachine(config, { clock: systemClock, entropy: systemEntropy, log });
  try {
    await machine.start(ending.signal);
  } catch (cause) {
    if (ending.signal.aborted) return;
    throw cause;
  }
  const { api, link, operatorToken, signInUrl } = machine.reach;
  log.info('cloud.started', { api, link, data: config.data, software });
  if (process.send) process.send({ ready: true, api, link, operatorToken, signInUrl });
  else process.stdout.write(table(machine.reach));
  if (!ending.signal.aborted) await new Promise((resolve) => ending.signal.addEventListener('abort', resolve));
  await machine.stop();
  log.info('cloud.stopped', { software });
}

const table = ({ api, link, operatorToken, signInUrl }: Reach): string =>
  [
    ['API and console', api],
    ['Edge nodes', link],
    ['Operator token', operatorToken],
    ['Sign in once', signInUrl],
  ]
    .map(([name, value]) => `${name!.padEnd(16)} ${value}\n`)
    .join('');

if (import.meta.main) await main(process.argv.slice(2));
