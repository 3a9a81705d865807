import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Access } from '../src/index.ts';
import { settle } from './support/clock.ts';
import * as wire from './support/wire.ts';
import { openWorld } from './support/world.ts';

const kept = { version: 5, clean: false, properties: [wire.property(0x11, wire.u32(60))] } as const;

/** The access that everybody writes first: what a client may do is put together from its identifier. */
const naive: Access = {
  authenticate: () => ({ ok: true }),
  authorize: ({ clientId }, action, topic) =>
    topic === (action === 'publish' ? `sensors/${clientId}` : `commands/${clientId}`),
};

test('permissions: no client identifier opens more than its own topics to an access that builds them from it [MQB-176]', async () => {
  const world = await openWorld({ access: naive });
  for (const clientId of ['#', '+', 'a/#', '+/a', 'a+b', '$share/#']) {
    const newer = await world.dial({ version: 5, clientId });
    assert.deepEqual([newer.take()[0]?.code, newer.ended], [0x85, true], clientId);
    const older = await world.dial({ clientId });
    assert.deepEqual([older.take()[0]?.code, older.ended], [2, true], clientId);
  }
  for (const clientId of ['a\0', '\0', Buffer.of(0xc0, 0x80), Buffer.of(0xed, 0xa0, 0x80)]) {
    const peer = await world.dial({ clientId });
    assert.deepEqual([peer.take(), peer.ended], [[], true]);
  }
  assert.deepEqual([...world.broker.clients()], []);
  await world.broker.stop();
});

test('permissions: a client hears nothing it may not hear, however it spells its filters [MQB-40] [MQB-176]', async () => {
  const asked: string[] = [];
  const access: Access = {
    ...naive,
    authorize(client, action, topic) {
      asked.push(topic);
      return client.clientId === 'owner' || naive.authorize(client, action, topic);
    },
  };
  const world = await openWorld({ access });
  const spy = await world.join('spy', { version: 5 });
  const filters = [
    '#',
    '+',
    '+/+',
    'commands/+',
    'commands/#',
    '/#',
    '$SYS/#',
    '$share/g/#',
    '$share/g/commands/owner',
  ];
  await spy.send(
    wire.subscribe(
      ['commands/spy', ...filters, 'commands/owner'].map((filter) => [filter, 1] as const),
      { version: 5 },
    ),
  );
  assert.deepEqual(spy.take('suback')[0]?.codes, [1, ...filters.map(() => 0x87), 0x87]);
  assert.deepEqual(asked, ['commands/spy', ...filters.slice(0, 7), '#', 'commands/owner', 'commands/owner']);
  const owner = await world.join('owner');
  for (const topic of ['commands/owner', 'sensors/owner', '/', 'commands', 'commands/spy'])
    await owner.send(wire.publish({ topic, payload: topic, retain: true }));
  assert.deepEqual(
    spy.take('publish').map(({ topic }) => topic),
    ['commands/spy'],
  );
  // A subscription with NUL, or with bytes that only look like it, ends the connection.
  for (const filter of ['commands/\0', Buffer.of(0xc0, 0x80)]) {
    const peer = await world.join('nul', { version: 5 });
    await peer.send(wire.subscribe([[filter, 0]], { version: 5 }));
    assert.deepEqual([peer.take()[0]?.code, peer.ended], [0x81, true]);
  }
  await world.broker.stop();
});

test('permissions: a client is heard nowhere but where it may speak, however it spells its topics [MQB-22] [MQB-176]', async () => {
  const world = await openWorld({
    access: {
      ...naive,
      authorize: (client, action, topic) => client.clientId === 'owner' || naive.authorize(client, action, topic),
    },
  });
  const owner = await world.join('owner');
  await owner.send(
    wire.subscribe([
      ['#', 0],
      ['$SYS/#', 0],
      ['$share/g/+/+', 0],
    ]),
  );
  owner.take();
  const tried: readonly (readonly [wire.Bytes, number])[] = [
    ['sensors/owner', 0x87],
    ['$SYS/broker/clients', 0x87],
    ['$share/g/sensors/spy', 0x87],
    ['sensors/spy/', 0x87],
    ['/sensors/spy', 0x87],
    ['Sensors/spy', 0x87],
  ];
  const spy = await world.join('spy', { version: 5 });
  for (const [index, [topic]] of tried.entries())
    await spy.send(wire.publish({ version: 5, topic, qos: 1, id: index + 1, retain: true }));
  assert.deepEqual(
    spy.take('puback').map(({ code }) => code),
    tried.map(([, code]) => code),
  );
  for (const [topic, code] of [
    ['sensors/#', 0x90],
    ['sensors/+', 0x90],
    ['sensors/spy\0', 0x81],
    [Buffer.of(0x73, 0xc0, 0x80), 0x81],
  ] as const) {
    const peer = await world.join('spy', { version: 5 });
    await peer.send(wire.publish({ version: 5, topic, qos: 1 }));
    assert.deepEqual([peer.take('disconnect')[0]?.code, peer.ended], [code, true]);
  }
  assert.deepEqual(owner.take('publish'), []);
  await world.broker.stop();
});

test('permissions: what a subscription queued does not come any more once it is forbidden; the rest does [MQB-177]', async () => {
  let forbidden = '';
  const access: Access = {
    authenticate: () => ({ ok: true }),
    authorize: (_client, _action, topic) => topic !== forbidden,
  };
  for (const connected of [false, true]) {
    const world = await openWorld({ access, limits: { inflightMax: 1 } });
    forbidden = '';
    const client = await world.join('c', kept);
    await client.send(
      wire.subscribe(
        [
          ['a/#', 1],
          ['b', 1],
          ['a/both', 1],
          ['$share/g/a/+', 1],
        ],
        { version: 5 },
      ),
    );
    if (!connected) await client.send(wire.disconnect());
    client.take();
    world.broker.publish({ topic: 'b', payload: 'first', qos: 1 });
    for (const topic of ['a', 'a/x', 'b', 'a/both']) world.broker.publish({ topic, payload: topic, qos: 1 });
    forbidden = 'a/#';
    if (connected) world.broker.reauthorize('c');
    await settle();
    const again = connected ? client : await world.join('c', kept);
    const got: (string | undefined)[] = [];
    for (let packets = again.take('publish'); packets.length > 0; packets = again.take('publish')) {
      for (const { id, payload } of packets) {
        got.push(payload);
        await again.send(wire.puback(id!));
      }
    }
    // What it may still hear by its shared subscription comes by both.
    assert.deepEqual(got, ['first', 'a/x', 'a/x', 'b', 'a/both', 'a/both'], connected ? 'connected' : 'away');
    assert.equal(world.metrics.dropped.value('not-authorized'), 1);
    await world.broker.stop();
  }
});
