import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isFault, logTo, readConfig, seeded, seededEntropy, shownConfig } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import { broker } from '@selvedge/mqtt';
import { edgeConfig } from '../../config.ts';
import { loopback, memorySnapshots, portOf, site } from './bridge.fixture.ts';
import { nodeBridges } from './bridges.ts';

const rules = [{ direction: 'in', filter: 'a' }];
const bridges = JSON.stringify([{ name: 'plant', url: 'mqtt://broker.example', username: 'edge', rules }]);

test('bridge: a password comes from the environment or a file of its own, and is shown nowhere [BRG-16]', async () => {
  const env = { X_BRIDGES: bridges, X_BRIDGE_PASSWORDS: '{"plant":"hunter2"}' };
  const config = readConfig(edgeConfig, { prefix: 'X', env });
  assert.deepEqual(config.bridgePasswords, { plant: 'hunter2' });
  assert.ok(!JSON.stringify(shownConfig(edgeConfig, config)).includes('hunter2'));
  assert.throws(
    () => readConfig(edgeConfig, { prefix: 'X', env: { ...env, X_BRIDGE_PASSWORDS: '{"plant":["hunter2"]}' } }),
    (cause) => isFault(cause, 'CONFIG_INVALID') && !cause.message.includes('hunter2'),
  );
  const logged: string[] = [];
  const log = logTo((...line) => void logged.push(JSON.stringify(line)), 'debug');
  const world = { clock: systemClock, random: seeded(1), entropy: seededEntropy(1), log, snapshots: memorySnapshots() };
  const of = { node: 'edge-1', bridges: config.bridges, passwords: config.bridgePasswords };
  await nodeBridges(of, { ...world, accept: () => undefined });
  assert.match(logged.join(), /bridge.password_exposed/);
  assert.ok(!logged.join().includes('hunter2'));
  const missing = { ...config.bridges[0]!, passwordFile: '/nowhere/password' };
  await assert.rejects(nodeBridges({ ...of, bridges: [missing] }, { ...world, accept: () => undefined }), (cause) =>
    isFault(cause, 'BRIDGE_FILE_UNREADABLE'),
  );
});

test('bridge: it says who it is by name and password to a broker that asks [BRG-16]', { timeout: 20_000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'selvedge-bridge-'));
  writeFileSync(join(dir, 'password'), 'hunter2\n');
  const log = logTo(() => undefined);
  const came: (string | undefined)[] = [];
  await using other = broker(
    { listeners: [{ transport: 'tcp', host: loopback, port: 0 }] },
    {
      clock: systemClock,
      random: seeded(1),
      log,
      access: {
        authenticate({ username, password }) {
          came.push(username);
          return username === 'edge' && password?.toString() === 'hunter2' ? { ok: true } : { ok: false, code: 0x86 };
        },
        authorize: () => true,
      },
    },
  );
  await other.start(new AbortController().signal);
  {
    const more = { username: 'edge', passwordFile: join(dir, 'password') };
    await using here = await site({ ports: [portOf(other)], rules: [{ direction: 'in', filter: 'a' }], more });
    await here.connected();
    assert.deepEqual(came, ['edge']);
  }
  rmSync(dir, { recursive: true });
});
