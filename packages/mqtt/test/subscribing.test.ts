import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as wire from './support/wire.ts';
import { openWorld, type Peer, type World } from './support/world.ts';

/** Options of a version 5 subscription beside its QoS. */
const noLocal = 4;
const asPublished = 8;
const onlyIfNew = 0x10;
const never = 0x20;

async function listen(world: World, clientId: string, ...filters: [filter: string, options: number][]): Promise<Peer> {
  const peer = await world.join(clientId, { version: 5 });
  await peer.send(wire.subscribe(filters, { version: 5 }));
  peer.take();
  return peer;
}

const payloads = (peer: Peer) => peer.take('publish').map(({ payload }) => payload);

test('subscribing: SUBACK answers each filter in its order, with the packet identifier [MQTT-3.8.4-1] [MQTT-3.8.4-2] [MQTT-3.8.4-5] [MQTT-3.8.4-6] [MQTT-3.9.3-1]', async () => {
  const world = await openWorld({
    access: { authenticate: () => ({ ok: true }), authorize: (_client, _action, filter) => filter !== 'secret/#' },
    limits: { subscriptionsMax: 4, topicLevelsMax: 4 },
  });
  const filters: [string, number][] = [
    ['a', 0],
    ['b/+', 1],
    ['secret/#', 1],
    ['c/#', 2],
    ['1/2/3/4/5', 0],
    ['a', 1],
    ['d', 0],
    ['e', 0],
  ];
  const newer = await world.join('newer', { version: 5 });
  await newer.send(wire.subscribe(filters, { version: 5, id: 300 }));
  assert.deepEqual(newer.take(), [
    {
      kind: 'suback',
      id: 300,
      properties: { reasonString: 'filter 3: not-authorized' },
      codes: [0, 1, 0x87, 2, 0x8f, 1, 0, 0x97],
    },
  ]);
  const older = await world.join('older');
  await older.send(wire.subscribe(filters, { id: 7 }));
  assert.deepEqual(older.take(), [{ kind: 'suback', id: 7, codes: [0, 1, 0x80, 2, 0x80, 1, 0, 0x80] }]);
  await world.broker.stop();
});

test('subscribing: access sees every filter, a shared one without its share name [MQB-40]', async () => {
  const asked: string[] = [];
  const authorize = (_client: unknown, action: string, topic: string): boolean => {
    asked.push(`${action} ${topic}`);
    return true;
  };
  const world = await openWorld({ access: { authenticate: () => ({ ok: true }), authorize } });
  await listen(world, 'c', ['a/+', 0], ['$share/public/secret/#', 0], ['b', 0]);
  assert.deepEqual(asked, ['subscribe a/+', 'subscribe secret/#', 'subscribe b']);
  await world.broker.stop();
});

test('subscribing: a message travels with the lower of its own and the granted QoS [MQTT-3.8.4-8]', async () => {
  const world = await openWorld();
  const listeners = [
    await listen(world, 'q0', ['a', 0]),
    await listen(world, 'q1', ['a', 1]),
    await listen(world, 'q2', ['a', 2]),
  ];
  const client = await world.join('pump');
  for (const qos of [0, 1, 2]) await client.send(wire.publish({ topic: 'a', qos, id: qos + 1 }));
  const granted = listeners.map((peer) => peer.take('publish').map(({ qos }) => qos));
  assert.deepEqual(granted, [
    [0, 0, 0],
    [0, 1, 1],
    [0, 1, 2],
  ]);
  await world.broker.stop();
});

test('subscribing: overlapping subscriptions give one copy with the highest QoS and every identifier [MQB-41] [MQTT-3.3.4-2] [MQTT-3.3.4-3] [MQTT-3.3.4-4]', async () => {
  const world = await openWorld();
  const peer = await world.join('c', { version: 5 });
  const identified = (id: number) => ({ version: 5 as const, properties: [wire.property(0x0b, wire.varint(id))] });
  await peer.send(wire.subscribe([['a/+', 1]], identified(1)), wire.subscribe([['a/b', 2]], identified(200_000)));
  await peer.send(wire.subscribe([['#', 0]], { version: 5 }));
  peer.take();
  const client = await world.join('pump');
  await client.send(wire.publish({ topic: 'a/b', qos: 2 }));
  const [only, ...more] = peer.take();
  assert.deepEqual([only?.qos, more], [2, []]);
  assert.deepEqual(new Set(only?.properties?.['subscriptionIds'] as number[]), new Set([1, 200_000]));
  await world.broker.stop();
});

test('subscribing: the same filter again replaces the subscription, and retained messages come again [MQTT-3.8.4-3] [MQTT-3.8.4-4]', async () => {
  const world = await openWorld();
  world.broker.publish({ topic: 'a', payload: 'kept', retain: true });
  const peer = await world.join('c');
  await peer.send(wire.subscribe([['a', 0]]));
  await peer.send(wire.subscribe([['a', 1]]));
  assert.deepEqual(payloads(peer), ['kept', 'kept']);
  world.broker.publish({ topic: 'a', payload: 'live', qos: 1 });
  await peer.send(wire.pingreq);
  assert.deepEqual(
    peer.take('publish').map(({ qos }) => qos),
    [1],
  );
  await world.broker.stop();
});

test('subscribing: no-local keeps a client’s own messages from it, live and retained [MQTT-3.8.3-3]', async () => {
  const world = await openWorld();
  const peer = await listen(world, 'c', ['a', noLocal]);
  const other = await listen(world, 'd', ['a', noLocal]);
  await peer.send(wire.publish({ version: 5, topic: 'a', payload: 'own', retain: true }));
  assert.deepEqual([payloads(peer), payloads(other)], [[], ['own']]);
  await peer.send(wire.subscribe([['a', noLocal]], { version: 5 }));
  assert.deepEqual(payloads(peer), []);
  await peer.send(wire.subscribe([['+', 0]], { version: 5 }));
  assert.deepEqual(payloads(peer), ['own']);
  await peer.send(wire.publish({ version: 5, topic: 'a', payload: 'both' }));
  assert.deepEqual([payloads(peer), payloads(other)], [['both'], ['both']]);
  await world.broker.stop();
});

test('subscribing: the retain flag is cleared on the way, kept where asked for, and set on retained messages [MQTT-3.3.1-12] [MQTT-3.3.1-13]', async () => {
  const world = await openWorld();
  const plain = await listen(world, 'plain', ['a', 0]);
  const exact = await listen(world, 'exact', ['a', asPublished]);
  const client = await world.join('pump');
  await client.send(
    wire.publish({ topic: 'a', payload: '1', retain: true }),
    wire.publish({ topic: 'a', payload: '2' }),
  );
  const flags = (peer: Peer) => peer.take('publish').map(({ retain }) => retain);
  assert.deepEqual(
    [flags(plain), flags(exact)],
    [
      [false, false],
      [true, false],
    ],
  );
  const late = await world.join('late');
  await late.send(wire.subscribe([['a', 0]]));
  assert.deepEqual(
    late.take('publish').map(({ payload, retain }) => [payload, retain]),
    [['1', true]],
  );
  await world.broker.stop();
});

test('subscribing: retain handling decides whether retained messages come [MQTT-3.3.1-9] [MQTT-3.3.1-10] [MQTT-3.3.1-11]', async () => {
  const world = await openWorld();
  world.broker.publish({ topic: 'a', payload: 'kept', retain: true });
  const peer = await world.join('c', { version: 5 });
  const counts: number[] = [];
  for (const [filter, options] of [
    ['a', onlyIfNew],
    ['a', onlyIfNew],
    ['a', 0],
    ['a', never],
    ['+', never],
    ['$share/g/a', 0],
  ] as const) {
    await peer.send(wire.subscribe([[filter, options]], { version: 5 }));
    counts.push(peer.take('publish').length);
  }
  assert.deepEqual(counts, [1, 0, 1, 0, 0, 0]);
  await world.broker.stop();
});

test('subscribing: the newest retained message replaces, an empty one removes and is still routed [MQTT-3.3.1-5] [MQTT-3.3.1-6] [MQTT-3.3.1-7] [MQTT-3.3.1-8]', async () => {
  const world = await openWorld();
  const client = await world.join('pump');
  const watcher = await listen(world, 'watcher', ['a', 0]);
  const retained = async (): Promise<unknown[]> => {
    const peer = await world.join('probe', { version: 5 });
    await peer.send(wire.subscribe([['a', 0]], { version: 5 }));
    return payloads(peer);
  };
  await client.send(wire.publish({ topic: 'a', payload: '1', retain: true }));
  await client.send(wire.publish({ topic: 'a', payload: '2', retain: true, qos: 1 }));
  await client.send(wire.publish({ topic: 'a', payload: '3' }));
  assert.deepEqual(await retained(), ['2']);
  await client.send(wire.publish({ topic: 'a', payload: '', retain: true }));
  assert.deepEqual(await retained(), []);
  assert.deepEqual(payloads(watcher), ['1', '2', '3', '']);
  await world.broker.stop();
});

test('subscribing: what cannot be retained within the bounds is routed, counted, and leaves no stale value [MQB-42]', async () => {
  const world = await openWorld({ limits: { retainedMax: 2, retainedBytesMax: 10 } });
  const watcher = await listen(world, 'watcher', ['#', 0]);
  const client = await world.join('pump');
  const retain = (topic: string, payload: string) => client.send(wire.publish({ topic, payload, retain: true }));
  await retain('a', '1234');
  await retain('b', '1234');
  await retain('c', '1');
  await retain('a', '1234567');
  assert.deepEqual(payloads(watcher), ['1234', '1234', '1', '1234567']);
  const late = await listen(world, 'late', ['x', 0]);
  await late.send(wire.subscribe([['#', 0]], { version: 5 }));
  assert.deepEqual(
    late.take('publish').map(({ topic }) => topic),
    ['b'],
  );
  assert.equal(world.metrics.dropped.value('not-retained'), 2);
  await world.broker.stop();
});

test('subscribing: UNSUBSCRIBE removes exactly that filter, and every one is answered [MQTT-3.10.4-1] [MQTT-3.10.4-2] [MQTT-3.10.4-4] [MQTT-3.10.4-5] [MQTT-3.10.4-6] [MQTT-3.11.3-1]', async () => {
  const world = await openWorld();
  const peer = await listen(world, 'c', ['a/+', 0], ['a/b', 0]);
  await peer.send(wire.unsubscribe(['a/b', 'a/#', 'a/b'], 5, 9));
  assert.deepEqual(peer.take(), [{ kind: 'unsuback', id: 9, properties: {}, codes: [0, 0x11, 0x11] }]);
  world.broker.publish({ topic: 'a/b', payload: '1' });
  await peer.send(wire.unsubscribe(['a/+'], 5));
  world.broker.publish({ topic: 'a/b', payload: '2' });
  await peer.send(wire.pingreq);
  assert.deepEqual(payloads(peer), ['1']);
  const older = await world.join('older');
  await older.send(wire.unsubscribe(['never'], 4, 5));
  assert.deepEqual(older.take(), [{ kind: 'unsuback', id: 5, codes: [] }]);
  await world.broker.stop();
});

test('subscribing: what was being sent when a client unsubscribed is completed [MQTT-3.10.4-3]', async () => {
  const world = await openWorld();
  const peer = await listen(world, 'c', ['a', 2]);
  world.broker.publish({ topic: 'a', payload: '1', qos: 2 });
  await peer.send(wire.unsubscribe(['a'], 5));
  const id = peer.take('publish')[0]!.id!;
  await peer.send(wire.pubrec(id));
  await peer.send(wire.pubcomp(id));
  assert.deepEqual(
    peer.take().map(({ kind }) => kind),
    ['pubrel'],
  );
  assert.equal([...world.broker.clients()][0]?.inflight, 0);
  await world.broker.stop();
});

test('subscribing: a shared subscription gives each message to one member, in turn [MQB-43] [MQTT-4.8.2-3]', async () => {
  const world = await openWorld();
  const members = [await listen(world, 'one', ['$share/g/a/#', 1]), await listen(world, 'two', ['$share/g/a/#', 0])];
  const other = await listen(world, 'other', ['$share/h/a/#', 1], ['a/1', 1]);
  for (let n = 1; n <= 4; n++) world.broker.publish({ topic: `a/${n}`, payload: `${n}`, qos: 1 });
  for (const peer of [...members, other]) await peer.send(wire.pingreq);
  const [one, two] = members.map((peer) => peer.take('publish').map(({ payload, qos }) => [payload, qos]));
  assert.deepEqual(
    [one, two],
    [
      [
        ['1', 1],
        ['3', 1],
      ],
      [
        ['2', 0],
        ['4', 0],
      ],
    ],
  );
  assert.equal(payloads(other).join(''), '11234');
  await members[0]?.send(wire.unsubscribe(['$share/g/a/#'], 5));
  assert.equal(world.broker.publish({ topic: 'a/5', payload: '5' }).matched, 2);
  await world.broker.stop();
});

test('subscribing: a shared message goes to a member that can take it, and what one leaves behind goes to another [MQB-44] [MQTT-4.8.2-5]', async () => {
  const world = await openWorld();
  const first = await world.join('first', { version: 5, properties: [wire.property(0x21, wire.u16(2))] });
  await first.send(wire.subscribe([['$share/g/a', 2]], { version: 5 }));
  first.take();
  world.broker.publish({ topic: 'a', payload: 'one', qos: 1 });
  world.broker.publish({ topic: 'a', payload: 'two', qos: 2 });
  world.broker.publish({ topic: 'a', payload: 'queued', qos: 2 });
  const second = await listen(world, 'second', ['$share/g/a', 2]);
  for (const n of [1, 2, 3]) world.broker.publish({ topic: 'a', payload: `free ${n}`, qos: 1 });
  await first.send(wire.disconnect(4));
  await second.send(wire.pingreq);
  // The session of `first` ended: its QoS 1 and its unsent messages move on, the QoS 2 message it was sent does not.
  assert.deepEqual(payloads(second), ['free 1', 'free 2', 'free 3', 'one', 'queued']);
  assert.deepEqual(payloads(first), ['one', 'two']);
  await world.broker.stop();
});

test('subscribing: a refusing acknowledgement ends a shared message; nobody else gets it [MQTT-4.8.2-6] [MQTT-4.4.0-2]', async () => {
  const world = await openWorld();
  const first = await listen(world, 'first', ['$share/g/a', 2]);
  const receipts = [
    world.broker.publish({ topic: 'a', payload: '1', qos: 1 }),
    world.broker.publish({ topic: 'a', payload: '2', qos: 2 }),
  ];
  const second = await listen(world, 'second', ['$share/g/a', 2]);
  const [one, two] = first.take('publish');
  await first.send(wire.puback(one!.id!, 0x97), wire.pubrec(two!.id!, 0x80));
  first.stream.destroy();
  await second.send(wire.pingreq);
  assert.deepEqual(
    [payloads(second), await receipts[0]?.acknowledged, await receipts[1]?.acknowledged],
    [[], undefined, undefined],
  );
  await world.broker.stop();
});

test('subscribing: a QoS 2 message that a member was sent is completed with it when it is back [MQTT-4.8.2-4]', async () => {
  const world = await openWorld();
  const first = await world.join('first', { clean: false });
  await first.send(wire.subscribe([['$share/g/a', 2]]));
  world.broker.publish({ topic: 'a', payload: 'x', qos: 2 });
  await first.send(wire.pingreq);
  assert.deepEqual(payloads(first), ['x']);
  first.stream.destroy();
  const second = await listen(world, 'second', ['$share/g/a', 2]);
  const back = await world.join('first', { clean: false });
  assert.deepEqual([payloads(back), payloads(second)], [['x'], []]);
  await world.broker.stop();
});

test('subscribing: messages for a group whose members are all away wait with one of them [MQB-44]', async () => {
  const world = await openWorld();
  const member = await world.join('member', { clean: false });
  await member.send(wire.subscribe([['$share/g/a', 1]]));
  await member.send(wire.disconnect());
  assert.equal(world.broker.publish({ topic: 'a', payload: 'waiting', qos: 1 }).matched, 1);
  assert.deepEqual(payloads(await world.join('member', { clean: false })), ['waiting']);
  await world.broker.stop();
});
