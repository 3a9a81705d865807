import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logTo, readConfig, silentLog } from '@selvedge/kernel';
import { edgeConfig } from '../../config.ts';
import { doorListeners } from './listeners.ts';

const identity = { key: 'k', certificate: 'c', door: 'd', authority: 'a' };
const configOf = (flags: Record<string, string>) => readConfig(edgeConfig, { prefix: 'EDGE', env: {}, flags });

test('door: it opens beyond loopback, where the gate asks everybody, and warns that plain doors tell passwords [ACC-5]', async () => {
  const warned: string[] = [];
  const log = logTo((_level, event) => void warned.push(event), 'warn');
  for (const [host, exposed] of [
    ['0.0.0.0', true],
    ['::', true],
    ['edge.example', true],
    ['127.1.2.3', false],
    ['::1', false],
    ['localhost', false],
  ] as const) {
    warned.length = 0;
    assert.equal(
      (await doorListeners(configOf({ 'mqtt.host': host }), async () => identity, undefined, log)).length,
      3,
    );
    assert.deepEqual(warned, exposed ? ['door.plain_exposed'] : [], host);
  }
});

test('door: client certificates are asked for where there are authorities, and of no others are they believed [ACC-18]', async () => {
  const tlsOf = async (authorities: string | undefined) =>
    (await doorListeners(configOf({}), async () => identity, authorities, silentLog)).find((one) => one.tls)?.tls;
  assert.deepEqual(await tlsOf(undefined), { key: 'k', cert: 'd', ca: 'a', requestCert: false });
  assert.deepEqual(await tlsOf('x'), { key: 'k', cert: 'd', ca: 'x', requestCert: true, certificateOptional: true });
});

test('door: without a certificate the TLS door stays closed and the others open [EDG-51]', async () => {
  const listeners = await doorListeners(
    configOf({}),
    () => Promise.reject(new Error('not enrolled')),
    undefined,
    silentLog,
  );
  assert.deepEqual(
    listeners.map((one) => [one.transport, one.port]),
    [
      ['tcp', 1_883],
      ['ws', 8_083],
    ],
  );
});
