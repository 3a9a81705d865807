import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '@selvedge/kernel';
import * as wire from '../../test/support/wire.ts';
import { openWorld } from '../../test/support/world.ts';

test('status: the broker says how it is in retained $SYS topics, again and again [MQB-144]', async () => {
  const world = await openWorld({ status: seconds(10) });
  const gone = await world.join('gone', { clean: false });
  await gone.send(wire.disconnect());
  const client = await world.join('c', { version: 5 });
  await client.send(wire.publish({ version: 5, topic: 'a', retain: true, payload: 'x' }));
  await world.clock.advance(1_000);
  await client.send(wire.subscribe([['$SYS/#', 0]], { version: 5 }));
  const said = (packets: ReturnType<typeof client.take>) =>
    Object.fromEntries(packets.map(({ topic, payload }) => [topic!.slice('$SYS/broker/'.length), payload]));
  const packets = client.take('publish');
  assert.ok(packets.every(({ retain }) => retain));
  assert.deepEqual(said(packets), {
    uptime: '0 seconds',
    'clients/connected': '1',
    'clients/disconnected': '1',
    'clients/total': '2',
    'messages/received': '1',
    'messages/sent': '0',
    'retained messages/count': '7',
    'queued messages/bytes': '0',
  });
  await world.clock.advance(10_000);
  const later = said(client.take('publish'));
  assert.deepEqual(
    [later['uptime'], later['messages/sent'], later['retained messages/count']],
    ['10 seconds', '8', '9'],
  );
  await world.broker.stop();
});

test('status: clients do not see it in #, cannot write it, and are told nothing where it is off [MQB-144]', async () => {
  const world = await openWorld({ status: seconds(1) });
  const client = await world.join('c', { version: 5 });
  await client.send(
    wire.subscribe(
      [
        ['#', 0],
        ['+/#', 0],
      ],
      { version: 5 },
    ),
  );
  await world.clock.advance(3_000);
  assert.deepEqual(client.take('publish'), []);
  await client.send(wire.publish({ version: 5, topic: '$SYS/broker/uptime', payload: 'x', qos: 1 }));
  assert.deepEqual(client.takeOne()?.code, 0x87);
  await world.broker.stop();
  const quiet = await openWorld();
  const listener = await quiet.join('c', { version: 5 });
  await listener.send(wire.subscribe([['$SYS/#', 0]], { version: 5 }));
  await quiet.clock.advance(60_000);
  assert.deepEqual(listener.take('publish'), []);
  await quiet.broker.stop();
});
