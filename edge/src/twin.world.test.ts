import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig, seeded, silentLog } from '@selvedge/kernel';
import { systemClock, systemEntropy } from '@selvedge/kernel/system';
import { connect } from 'mqtt';
import { memoryDisk } from '../../packages/journal/src/adapters/memory/disk.ts';
import { diskSnapshots } from './adapters/disk/snapshots.ts';
import { type MqttDoor, mqttDoor } from './adapters/mqtt/door.ts';
import { edgeConfig } from './config.ts';
import { openAccess } from './engines/access/access.fixture.ts';
import { edgeNode } from './node.ts';

test('twin: over MQTT a device gets what it should do when it comes, and what it reports is durable when acknowledged [TWN-20, TWN-21]', async () => {
  const config = readConfig(edgeConfig, { prefix: 'EDGE', env: {}, flags: { data: '/edge', 'link.url': '' } });
  const { gate, desk, signal } = await openAccess({ local: false, certificates: false });
  const world = { clock: systemClock, random: seeded(1), entropy: systemEntropy, log: silentLog };
  const disk = memoryDisk();
  let door: MqttDoor | undefined;
  await using node = edgeNode(config, world, {
    disk,
    snapshots: diskSnapshots(disk, '/edge/snapshots'),
    transport: undefined,
    door(intake) {
      const listeners = [{ transport: 'tcp', host: '127.0.0.1', port: 0 }] as const;
      return (door = mqttDoor({ listeners, clientsMax: 10, packetSizeMax: 2 ** 20 }, { ...world, gate }, intake));
    },
    pack: (body) => ({ codec: 0, body }),
    memoryBytes: () => 0,
  });
  await node.start(signal);
  await node.twins.edit('pump-7', { desired: { interval: 5 } }, { by: 'operator:bob', from: 'operator' });
  const { secret } = await desk.add({ kind: 'token', holder: 'device', name: 'pump-7' });
  const url = `mqtt://127.0.0.1:${door!.listening[0]!.port}`;
  const client = connect(url, { protocolVersion: 5, username: 'pump-7', password: secret, reconnectPeriod: 0 });
  const heard: { body: unknown; retain: boolean }[] = [];
  let wake = Promise.withResolvers<void>();
  client.on('message', (_topic, payload, { retain }) => {
    heard.push({ body: (JSON.parse(String(payload)) as { desired: unknown }).desired, retain });
    wake.resolve();
  });
  const next = async (): Promise<void> => {
    await wake.promise;
    wake = Promise.withResolvers();
  };
  const [grant] = await client.subscribeAsync('twin/pump-7/desired', { qos: 1 });
  assert.equal(grant!.qos, 1);
  await next();
  await client.publishAsync('twin/pump-7/reported', JSON.stringify({ interval: 4, heater: { mode: 'eco' } }), {
    qos: 1,
  });
  assert.deepEqual(node.twins.find('pump-7')!.reported, { interval: 4, 'heater.mode': 'eco' });
  await node.twins.edit('pump-7', { desired: { interval: 6 } }, { by: 'operator:bob', from: 'operator' });
  await next();
  assert.deepEqual(heard, [
    { body: { interval: 5 }, retain: true },
    { body: { interval: 6 }, retain: false },
  ]);
  await client.publishAsync('twin/pump-7/reported', '{"a":[{}]}', { qos: 1 });
  assert.equal(node.report().quarantinedTotal, 1);
  const others = await client.subscribeAsync('twin/pump-8/desired', { qos: 1 }).catch(() => [{ qos: 0x87 }]);
  assert.equal(others[0]!.qos, 0x87, 'it sees nobody else’s');
  await client.endAsync();
});
