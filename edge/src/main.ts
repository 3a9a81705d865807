import { readFile } from 'node:fs/promises';
import { systemDisk } from '@selvedge/journal/disk';
import { describeFailure, Fault, jsonLog, readConfig, readFlags } from '@selvedge/kernel';
import { systemClock, systemEntropy, systemRandom } from '@selvedge/kernel/system';
import { statusServer } from './adapters/http/status.ts';
import { mqttDoor } from './adapters/mqtt/door.ts';
import { doorListeners } from './adapters/mqtt/listeners.ts';
import { identity } from './adapters/trust/identity.ts';
import { websocketTransport } from './adapters/websocket/transport.ts';
import { type EdgeConfig, edgeConfig } from './config.ts';
import { edgeNode } from './node.ts';

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
  const clock = systemClock;
  const log = jsonLog((line) => process.stderr.write(line), clock, config.logLevel);
  const world = { clock, random: systemRandom, entropy: systemEntropy, log };
  const who = identity({
    dir: `${config.data}/identity`,
    node: config.node.id,
    url: config.link.url,
    token: config.link.token,
  });
  const listeners = await doorListeners(config, who, log);
  const door = { listeners, clientsMax: config.mqtt.clientsMax, packetSizeMax: config.mqtt.payloadMax };
  const node = edgeNode(config, world, {
    disk: systemDisk,
    transport: config.link.url === '' ? undefined : websocketTransport(config.link.url, who),
    door: (intake) => mqttDoor(door, world, intake),
    memoryBytes: () => process.memoryUsage.rss(),
  });
  const pages = statusServer(config.http, {
    status: () => ({ node: config.node.id, ...node.report() }),
    metrics: node.metrics,
  });

  const stopped = new AbortController();
  const stop = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve());
    process.on('disconnect', () => resolve());
  });
  await pages.start(stopped.signal);
  await node.start(stopped.signal);
  log.info('node.started', { node: config.node.id, epoch: node.journal.epoch, offset: node.journal.head.offset });
  process.send?.({
    ready: true,
    node: config.node.id,
    listening: listeners.map(({ transport, host, port }) => ({ transport, host, port })),
  });
  await stop;
  stopped.abort();
  await node.stop();
  await pages.stop();
  log.info('node.stopped', { node: config.node.id });
  if (process.connected) process.disconnect();
}

if (import.meta.main) await main(process.argv.slice(2));
