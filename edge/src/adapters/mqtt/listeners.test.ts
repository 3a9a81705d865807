import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault, readConfig, silentLog } from '@selvedge/kernel';
import { edgeConfig } from '../../config.ts';
import { doorListeners } from './listeners.ts';

const identity = { key: 'k', certificate: 'c', door: 'd', authority: 'a' };
const configOf = (flags: Record<string, string>) => readConfig(edgeConfig, { prefix: 'EDGE', env: {}, flags });

test('door: beyond loopback nobody is let in anonymously unless the configuration says so [EDG-50]', async () => {
  for (const host of ['0.0.0.0', '::', '192.168.1.5', 'edge.example']) {
    const config = configOf({ 'mqtt.host': host });
    await assert.rejects(
      doorListeners(config, async () => identity, silentLog),
      (cause) => isFault(cause, 'EDGE_DOOR_UNGUARDED'),
    );
    const open = configOf({ 'mqtt.host': host, 'mqtt.anonymous': 'true' });
    assert.equal((await doorListeners(open, async () => identity, silentLog)).length, 3);
  }
  for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) {
    assert.equal((await doorListeners(configOf({ 'mqtt.host': host }), async () => identity, silentLog)).length, 3);
  }
});

test('door: without a certificate the TLS door stays closed and the others open [EDG-51]', async () => {
  const listeners = await doorListeners(configOf({}), () => Promise.reject(new Error('not enrolled')), silentLog);
  assert.deepEqual(
    listeners.map((one) => [one.transport, one.port]),
    [
      ['tcp', 1_883],
      ['ws', 8_083],
    ],
  );
});
