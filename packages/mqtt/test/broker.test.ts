import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '@selvedge/kernel';
import { settle } from './support/clock.ts';
import * as wire from './support/wire.ts';
import { openWorld } from './support/world.ts';

test('broker: publish tells how many sessions took the message [MQB-90]', async () => {
  const world = await openWorld();
  const online = await world.join('online');
  await online.send(
    wire.subscribe([
      ['a/#', 0],
      ['+/b', 1],
    ]),
  );
  const away = await world.join('away', { clean: false });
  await away.send(wire.subscribe([['a/b', 1]]), wire.disconnect());
  const matched = (topic: string, qos: 0 | 1 | 2) => world.broker.publish({ topic, payload: '', qos }).matched;
  assert.deepEqual([matched('a/b', 1), matched('a/b', 0), matched('a/c', 2), matched('x', 2)], [2, 1, 1, 0]);
  await world.broker.stop();
});

test('broker: acknowledged tells the first client that has the message, and undefined once none can [MQB-91]', async () => {
  const world = await openWorld();
  const [one, two] = [await world.join('one'), await world.join('two')];
  for (const peer of [one, two]) await peer.send(wire.subscribe([['commands/#', 2]]));
  const publish = (qos: 0 | 1 | 2) =>
    world.broker.publish({ topic: 'commands/stop', payload: 'now', qos }).acknowledged;

  const handshake = publish(2);
  await settle();
  const id = two.take('publish')[0]!.id!;
  await two.send(wire.pubrec(id));
  let settled = false;
  handshake.then(() => (settled = true), assert.fail);
  await settle();
  assert.equal(settled, false);
  await two.send(wire.pubcomp(id));
  assert.equal(await handshake, 'two');

  const lost = publish(1);
  one.stream.destroy();
  await settle();
  two.stream.destroy();
  assert.equal(await lost, undefined);
  assert.equal(await publish(0), undefined);
  assert.equal(await publish(1), undefined);
  await world.broker.stop();
});

test('broker: publish refuses a topic that is none [MQB-92]', async () => {
  const world = await openWorld();
  for (const topic of ['', 'a/+', '#', 'a\u0000b', 'x'.repeat(65_536), 'a/'.repeat(256)]) {
    assert.throws(
      () => world.broker.publish({ topic, payload: '' }),
      (cause) => isFault(cause, 'MQTT_TOPIC_INVALID'),
    );
  }
  await world.broker.stop();
});

test('broker: a kicked client is told why, and its will is published [MQB-93]', async () => {
  const world = await openWorld();
  const watcher = await world.join('watcher');
  await watcher.send(wire.subscribe([['gone', 0]]));
  watcher.take();
  const client = await world.join('c', { version: 5, will: { topic: 'gone', payload: 'c' } });
  const older = await world.join('older');
  assert.deepEqual(
    [world.broker.kick('c'), world.broker.kick('older', 0x8a), world.broker.kick('c')],
    [true, true, false],
  );
  await settle();
  assert.deepEqual([client.take()[0]?.code, client.ended, older.take(), older.ended], [0x98, true, [], true]);
  assert.equal(watcher.take('publish').length, 1);
  await world.broker.stop();
});

test('broker: those who listen hear of connections and subscriptions until they end it, and cannot harm anybody [MQB-94]', async () => {
  const world = await openWorld();
  const heard: string[] = [];
  const ends = [
    world.broker.onConnected((clientId) => heard.push(`+${clientId}`)),
    world.broker.onDisconnected((clientId, why) => heard.push(`-${clientId} ${why}`)),
    world.broker.onSubscribed((clientId, filter) => heard.push(`${clientId} ${filter}`)),
    world.broker.onSubscribed(() => {
      throw new Error('a bug');
    }),
  ];
  const client = await world.join('c');
  await client.send(wire.subscribe([['$share/g/a', 0]]), wire.disconnect());
  (await world.join('d')).stream.destroy();
  await settle();
  for (const end of ends) end();
  await world.join('e');
  assert.deepEqual(heard, ['+c', 'c $share/g/a', '-c client-left', '+d', '-d connection-lost']);
  assert.equal(world.logged.filter(([, event]) => event === 'mqtt.listener.failed').length, 1);
  await world.broker.stop();
});

test('broker: clients lists every session with what a person wants to know [MQB-95]', async () => {
  const world = await openWorld();
  const client = await world.join('c', { version: 5, username: 'u' });
  await client.send(wire.subscribe([['a', 1]], { version: 5 }));
  await client.send(wire.publish({ version: 5, topic: 'a' }), wire.publish({ version: 5, topic: 'a', qos: 1 }));
  assert.deepEqual(
    [...world.broker.clients()],
    [
      {
        clientId: 'c',
        connection: {
          address: 'test:40000',
          secure: false,
          username: 'u',
          protocol: 5,
          since: world.clock.wall(),
          received: 2,
          delivered: 2,
          receivedRate: 0,
          deliveredRate: 0,
          context: undefined,
        },
        subscriptions: 1,
        queued: 0,
        queuedBytes: 0,
        inflight: 1,
        expiry: 0,
      },
    ],
  );
  await world.broker.stop();
});

test('broker: permissions are asked for once per topic, and anew after reauthorize [MQB-96]', async () => {
  let allowed: boolean = true;
  let asked = 0;
  const access = {
    authenticate: () => ({ ok: true as const }),
    authorize: (_client: unknown, action: string) => {
      if (action === 'publish') asked += 1;
      return allowed;
    },
  };
  const world = await openWorld({ access });
  const client = await world.join('c', { version: 5, clean: false, properties: [wire.property(0x11, wire.u32(60))] });
  await client.send(
    wire.subscribe(
      [
        ['a', 0],
        ['b', 0],
      ],
      { version: 5 },
    ),
  );
  client.take();
  const publish = (id: number) => client.send(wire.publish({ version: 5, topic: 'a', qos: 1, id }));
  await publish(1);
  await publish(2);
  assert.equal(asked, 1);
  allowed = false;
  await publish(3);
  world.broker.reauthorize('somebody else');
  await publish(4);
  world.broker.reauthorize();
  await publish(5);
  assert.deepEqual(
    client.take('puback').map(({ code }) => code),
    [0, 0, 0, 0, 0x87],
  );
  assert.equal([...world.broker.clients()][0]?.subscriptions, 0);
  await world.broker.stop();
});

test('broker: a resumed session keeps only the subscriptions that are still allowed [MQB-96]', async () => {
  let allowed: boolean = true;
  const world = await openWorld({
    access: { authenticate: () => ({ ok: true }), authorize: (_c, _a, filter) => allowed || filter === 'b' },
  });
  const client = await world.join('c', { clean: false });
  await client.send(
    wire.subscribe([
      ['a', 1],
      ['b', 1],
    ]),
    wire.disconnect(),
  );
  allowed = false;
  await world.join('c', { clean: false });
  const matched = ['a', 'b'].map((topic) => world.broker.publish({ topic, payload: '', qos: 1 }).matched);
  assert.deepEqual(matched, [0, 1]);
  await world.broker.stop();
});

test('broker: stop acknowledges what is being committed, says goodbye and closes; again it does nothing [MQB-97]', async () => {
  let finish = (): void => undefined;
  const intake = { take: () => 0, commit: () => new Promise<void>((resolve) => (finish = resolve)) };
  const world = await openWorld({ intake });
  const [newer, older] = [await world.join('newer', { version: 5 }), await world.join('older')];
  await newer.send(wire.publish({ version: 5, qos: 1, id: 8 }));
  const done = world.broker.stop();
  await settle();
  assert.deepEqual([newer.take(), newer.ended], [[], false]);
  finish();
  await done;
  await settle();
  assert.deepEqual(
    newer.take().map(({ kind, code }) => [kind, code]),
    [
      ['puback', 0x10],
      ['disconnect', 0x8b],
    ],
  );
  assert.deepEqual([newer.ended, older.take(), older.ended], [true, [], true]);
  await world.broker.stop();
});

test('broker: the will that a stop publishes is committed before the stop is over [MQB-97]', async () => {
  let finish = (): void => undefined;
  let committed = 0;
  const commit = async (): Promise<void> => {
    await new Promise<void>((resolve) => (finish = resolve));
    committed += 1;
  };
  const world = await openWorld({ intake: { take: () => 0, commit } });
  await world.join('c', { will: { topic: 'gone', payload: 'c', qos: 1 } });
  let stopped = 0;
  const done = world.broker.stop().then(() => (stopped += 1));
  await settle();
  assert.deepEqual([committed, stopped], [0, 0]);
  finish();
  await done;
  assert.equal(committed, 1);
});

test('broker: counters and gauges tell what happened [MQB-98]', async () => {
  const world = await openWorld();
  const client = await world.join('c');
  await client.send(wire.subscribe([['a', 2]]));
  for (const qos of [0, 1, 2])
    await client.send(wire.publish({ topic: 'a', payload: 'x', qos, id: qos + 1, retain: qos === 2 }));
  await world.join('gone', { clean: false }).then((gone) => gone.send(wire.disconnect()));
  await world.clock.advance(1_000);
  const { publishes, deliveries, publishedBytes, connects, disconnects, clients, sessions, retained } = world.metrics;
  assert.deepEqual(
    ['0', '1', '2'].map((qos) => publishes.value(qos)),
    [1, 1, 1],
  );
  assert.deepEqual(
    ['0', '1', '2'].map((qos) => deliveries.value(qos)),
    [1, 1, 1],
  );
  assert.deepEqual([publishedBytes.value(), connects.value('success'), disconnects.value('client-left')], [16, 2, 1]);
  assert.deepEqual([clients.value(), sessions.value(), retained.value()], [1, 2, 1]);
  await world.broker.stop();
});
