import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, type Mosquitto, needs, startMosquitto } from '../../../../tools/world.ts';
import { explained } from '../support/differences.ts';
import { mosquittoTarget } from '../support/mosquitto.ts';
import { promptCases, timedCases } from './cases.ts';
import { mosquittoDifferences, overWebsockets } from './mosquitto-differences.ts';
import { websocketPromises } from './websocket.contract.ts';

explained(mosquittoTarget, [...promptCases, ...timedCases], mosquittoDifferences);

let started: Promise<{ server: Mosquitto; port: number }> | undefined;

async function startWithWebsockets(): Promise<{ server: Mosquitto; port: number }> {
  const port = await freePort();
  const server = await startMosquitto({ config: `listener ${port} 127.0.0.1\nprotocol websockets` });
  // It says that it is ready once the first of its listeners is.
  const latest = performance.now() + 5_000;
  while (!(await isOpen(port)) && performance.now() < latest) await sleep(20);
  return { server, port };
}

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => resolve(false));
  });

for (const [name, prove] of Object.entries(websocketPromises)) {
  const difference = overWebsockets[name];
  test(difference ? `differs: ${name}` : name, { timeout: 10_000 }, async (t) => {
    const one = await needs(t, () => (started ??= startWithWebsockets()));
    if (!one) return;
    if (!difference) return prove(one.port);
    const kept = await Promise.race([prove(one.port).then(() => true), sleep(1_000, false)]);
    assert.equal(kept, false, `it does not differ any more; the table says: ${difference.does}`);
  });
}

after(async () => (await started?.catch(() => undefined))?.server.stop());
