import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemDisk } from '@selvedge/journal/disk';
import { logTo } from '@selvedge/kernel';
import { systemClock, systemEntropy, systemRandom } from '@selvedge/kernel/system';
import { configurationName } from '@selvedge/protocol';
import { diskConfigurations } from './adapters/disk/configurations.ts';
import { configurationLimits, type EdgeConfig, edgeConfig } from './config.ts';
import { configuredNode } from './engines/configuration/configured-node.ts';
import { readOverlay } from './engines/configuration/overlay.ts';
import { type EdgeMachine, edgeMachine } from './machine.ts';
import type { ConfigurationLine } from './ports.ts';

/** A port that nobody holds. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(socket.destroy() !== undefined));
    socket.on('error', () => resolve(false));
  });

test('configuration: while a real node changes to another one, its door is closed for less than a second [CFG-13]', async (t) => {
  const data = await mkdtemp(join(tmpdir(), 'selvedge-configured-'));
  const [port, http] = [await freePort(), await freePort()];
  const flags = {
    data,
    'link.url': '',
    'mqtt.port': `${port}`,
    'mqtt.wsPort': '0',
    'mqtt.tlsPort': '0',
    'http.port': `${http}`,
  };
  const sources = { prefix: 'EDGE', env: {}, flags: { ...flags, 'coap.udp': '' } };
  const world = {
    ...{ clock: systemClock, random: systemRandom, entropy: systemEntropy },
    log: logTo(() => undefined, 'error'),
  };
  const own = readOverlay(edgeConfig, sources, {}).config!;
  let configuration: ConfigurationLine | undefined;
  const node = configuredNode<EdgeConfig, EdgeMachine>(configurationLimits(own), {
    ...world,
    store: diskConfigurations(systemDisk, data),
    read: (settings) => readOverlay(edgeConfig, sources, settings),
    open(config, line) {
      configuration = line;
      return edgeMachine(config, world, line);
    },
  });
  t.after(async () => {
    await node.stop();
    await rm(data, { recursive: true, force: true });
  });
  await node.start(new AbortController().signal);
  const before = node.machine;
  const document = { version: 1, settings: { window: { period: '30s' } } };
  configuration!.hear({ kind: 'prepare', ...document });
  configuration!.hear({ kind: 'apply', ...configurationName(document) });
  const isChanging = (): boolean => node.machine === undefined || node.machine === before;
  let closedMs = 0;
  for (let lookedAt = systemClock.ticks(); isChanging() || !(await isOpen(port)); ) {
    const now = systemClock.ticks();
    if (!(await isOpen(port))) closedMs += now - lookedAt;
    lookedAt = now;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  t.diagnostic(`the door was closed for ${Math.round(closedMs)} ms`);
  assert.ok(closedMs < 1_000, `${closedMs} ms`);
  assert.match(configuration!.metrics(), /edge_configuration_version 1/);
});
