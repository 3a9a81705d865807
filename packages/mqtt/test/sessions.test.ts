import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memorySessions, type SessionStore } from '../src/index.ts';
import { settle } from './support/clock.ts';
import * as wire from './support/wire.ts';
import { openWorld, type World } from './support/world.ts';

const keptFor = (seconds: number) => [wire.property(0x11, wire.u32(seconds))];
const clients = (world: World) => [...world.broker.clients()].map(({ clientId }) => clientId);

test('sessions: a clean session ends with its connection [MQTT-4.1.0-2] [MQTT-3.2.2-2]', async () => {
  const world = await openWorld();
  const client = await world.join('c');
  await client.send(wire.subscribe([['a', 1]]), wire.disconnect());
  assert.deepEqual(clients(world), []);
  assert.equal(world.broker.publish({ topic: 'a', payload: '', qos: 1 }).matched, 0);
  assert.equal((await world.dial({ clientId: 'c', clean: false })).take()[0]?.present, false);
  await world.broker.stop();
});

test('sessions: a kept session holds subscriptions and QoS 1 and 2 messages until its client is back [MQTT-3.1.2-5] [MQTT-3.1.2-6] [MQTT-3.2.2-3] [MQTT-4.5.0-1]', async () => {
  const world = await openWorld();
  const first = await world.dial({ clientId: 'c', clean: false });
  assert.equal(first.take()[0]?.present, false);
  await first.send(wire.subscribe([['a', 2]]), wire.disconnect());
  const matched = ([0, 1, 2] as const).map(
    (qos) => world.broker.publish({ topic: 'a', payload: `${qos}`, qos }).matched,
  );
  assert.deepEqual(matched, [0, 1, 1]);
  const [row] = [...world.broker.clients()];
  assert.deepEqual([row?.connection, row?.queued, row?.queuedBytes, row?.subscriptions], [undefined, 2, 2, 1]);
  const second = await world.dial({ clientId: 'c', clean: false });
  const [connack, ...messages] = second.take();
  assert.equal(connack?.present, true);
  assert.deepEqual(
    messages.map(({ payload, qos, dup }) => [payload, qos, dup]),
    [
      ['1', 1, false],
      ['2', 2, false],
    ],
  );
  await world.broker.stop();
});

test('sessions: a clean start ends what was kept [MQTT-3.1.2-4] [MQTT-3.1.4-4]', async () => {
  const world = await openWorld();
  const first = await world.join('c', { clean: false });
  await first.send(wire.subscribe([['a', 1]]), wire.disconnect());
  const waiting = world.broker.publish({ topic: 'a', payload: '', qos: 1 });
  const second = await world.dial({ clientId: 'c', clean: true });
  assert.deepEqual(
    second.take().map(({ kind, present }) => [kind, present]),
    [['connack', false]],
  );
  assert.equal(await waiting.acknowledged, undefined);
  assert.equal(world.broker.publish({ topic: 'a', payload: '', qos: 1 }).matched, 0);
  await world.broker.stop();
});

test('sessions: a version 5 session is kept as long as asked, within the broker’s bound, which the client is told [MQB-60] [MQTT-3.1.2-23]', async () => {
  const world = await openWorld({ limits: { sessionExpiryMax: 100_000 as never } });
  const short = await world.dial({ clientId: 'short', version: 5, clean: false, properties: keptFor(10) });
  assert.equal('sessionExpiry' in (short.take()[0]?.properties ?? {}), false);
  const long = await world.dial({ clientId: 'long', version: 5, clean: false, properties: keptFor(0xffffffff) });
  assert.equal(long.take()[0]?.properties?.['sessionExpiry'], 100);
  const older = await world.join('older', { clean: false });
  for (const peer of [short, long, older]) await peer.send(wire.disconnect());
  await world.clock.advance(9_000);
  assert.deepEqual(clients(world), ['short', 'long', 'older']);
  await world.clock.advance(2_000);
  assert.deepEqual(clients(world), ['long', 'older']);
  await world.clock.advance(90_000);
  assert.deepEqual(clients(world), []);
  await world.broker.stop();
});

test('sessions: DISCONNECT may shorten or prolong how long the session is kept, but not keep one that was to end', async () => {
  const world = await openWorld();
  const leaving = await world.join('leaving', { version: 5, properties: keptFor(1_000) });
  await leaving.send(wire.disconnect(0, keptFor(0)));
  assert.deepEqual(clients(world), []);
  const staying = await world.join('staying', { version: 5, properties: keptFor(1) });
  await staying.send(wire.disconnect(0, keptFor(100)));
  await world.clock.advance(50_000);
  assert.deepEqual(clients(world), ['staying']);
  const bold = await world.join('bold', { version: 5 });
  await bold.send(wire.disconnect(0, keptFor(100)));
  assert.deepEqual(
    bold.take().map(({ code }) => code),
    [0x82],
  );
  await world.broker.stop();
});

test('sessions: a client that connects again takes its session over, and the old connection is told and closed [MQB-61] [MQTT-3.1.4-3] [MQTT-3.1.3-2]', async () => {
  const world = await openWorld();
  const first = await world.join('c', { version: 5, clean: false, properties: keptFor(60) });
  await first.send(wire.subscribe([['a', 1]], { version: 5 }));
  world.broker.publish({ topic: 'a', payload: 'x', qos: 1 });
  await first.send(wire.pingreq);
  first.take();
  const second = await world.dial({ clientId: 'c', version: 5, clean: false, properties: keptFor(60) });
  assert.deepEqual(
    first.take().map(({ kind, code }) => [kind, code]),
    [['disconnect', 0x8e]],
  );
  assert.equal(first.ended, true);
  const [connack, message] = second.take();
  assert.deepEqual([connack?.present, message?.payload, message?.dup], [true, 'x', true]);
  assert.equal(world.broker.publish({ topic: 'a', payload: 'y', qos: 1 }).matched, 1);
  await second.send(wire.pingreq);
  assert.deepEqual([first.take(), second.take('publish').length], [[], 1]);
  await world.broker.stop();
});

test('sessions: a queue beyond its bound in messages or bytes drops the newest, and counts it [MQB-62]', async () => {
  for (const limits of [{ queuedMax: 2 }, { queuedBytesMax: 25 }, { queuedTotalMax: 25 }]) {
    const world = await openWorld({ limits });
    const client = await world.join('c', { clean: false });
    await client.send(wire.subscribe([['a', 1]]), wire.disconnect());
    const published = [1, 2, 3].map((n) => world.broker.publish({ topic: 'a', payload: `${n}`.repeat(10), qos: 1 }));
    assert.deepEqual(
      published.map(({ matched }) => matched),
      [1, 1, 0],
    );
    assert.equal(await published[2]?.acknowledged, undefined);
    assert.equal(world.metrics.dropped.value('queue-full'), 1);
    await world.clock.advance(1_000);
    assert.equal(world.metrics.queuedBytes.value(), 20);
    const back = await world.join('c', { clean: false });
    assert.deepEqual(
      back.take().map(({ payload }) => payload?.[0]),
      ['1', '2'],
    );
    await world.clock.advance(1_000);
    assert.equal(world.metrics.queuedBytes.value(), 0);
    await world.broker.stop();
  }
});

test('sessions: a client that never completes QoS 2 keeps its places across reconnections, and cannot pile them up [MQB-63]', async () => {
  const world = await openWorld();
  const fields = { version: 5 as const, clean: false, properties: [...keptFor(60), wire.property(0x21, wire.u16(2))] };
  for (let round = 0; round < 3; round++) {
    const peer = await world.join('c', fields);
    if (round === 0) await peer.send(wire.subscribe([['a', 2]], { version: 5 }));
    for (let n = 0; n < 3; n++) world.broker.publish({ topic: 'a', payload: '', qos: 2 });
    await peer.send(wire.pingreq);
    await peer.send(...peer.take('publish').map(({ id }) => wire.pubrec(id!)));
    peer.stream.destroy();
    await settle();
  }
  const [row] = [...world.broker.clients()];
  assert.deepEqual([row?.inflight, row?.queued], [2, 7]);
  await world.broker.stop();
});

test('sessions: a broker on the same store goes on where the one before it ended [MQB-64]', async () => {
  const sessions = memorySessions();
  const before = await openWorld({ sessions });
  const fields = { version: 5 as const, clean: false, properties: [...keptFor(60), wire.property(0x21, wire.u16(3))] };
  const client = await before.join('c', fields);
  await client.send(wire.subscribe([['a/#', 2]], { version: 5, properties: [wire.property(0x0b, wire.varint(7))] }));
  await client.send(
    wire.publish({ version: 5, topic: 'x', qos: 2, id: 11 }),
    wire.publish({ version: 5, topic: 'x', qos: 2, id: 12 }),
  );
  await client.send(wire.pubrel(12));
  for (const [payload, qos] of [
    ['released', 2],
    ['sent', 1],
    ['acknowledged', 1],
    ['queued', 1],
    ['late', 1],
  ] as const) {
    const expiry = payload === 'late' ? { properties: { messageExpiry: 10 } } : {};
    before.broker.publish({ topic: 'a/b', payload, qos, ...expiry });
  }
  await client.send(wire.pingreq);
  const [released, sent, acknowledged] = client.take('publish');
  await client.send(wire.pubrec(released!.id!), wire.puback(acknowledged!.id!));
  const gone = await before.join('gone', { clean: false });
  await gone.send(wire.disconnect());
  await before.join('gone');
  await before.broker.stop();

  const after = await openWorld({ sessions });
  await after.clock.advance(20_000);
  assert.equal(after.broker.publish({ topic: 'a/b', payload: 'new', qos: 1 }).matched, 1);
  const back = await after.dial({ clientId: 'c', ...fields });
  const [connack, ...resent] = back.take();
  assert.equal(connack?.present, true);
  assert.deepEqual(
    resent.map(({ kind, id, payload, dup }) => [kind, id, payload, dup]),
    [
      ['pubrel', released!.id, undefined, undefined],
      ['publish', sent!.id, 'sent', true],
      ['publish', resent[2]!.id, 'queued', true],
    ],
  );
  assert.deepEqual(resent[1]?.properties?.['subscriptionIds'], [7]);
  await back.send(wire.pubcomp(released!.id!), wire.puback(sent!.id!));
  // The identifier 11 was taken and never released: the same message is not taken twice.
  await back.send(wire.publish({ version: 5, topic: 'x', qos: 2, id: 11, dup: true }), wire.pubrel(12));
  assert.deepEqual(
    back.take().map(({ kind, payload, code }) => payload ?? `${kind} ${code}`),
    ['new', 'pubrec 0', 'pubcomp 146'],
  );
  assert.deepEqual(clients(after), ['c']);
  assert.equal(after.metrics.dropped.value('expired'), 1);
  await after.broker.stop();
});

test('sessions: a kept session that its client takes up again only for this connection leaves the store [MQB-64]', async () => {
  const sessions = memorySessions();
  const world = await openWorld({ sessions });
  const first = await world.join('c', { version: 5, clean: false, properties: keptFor(60) });
  await first.send(wire.disconnect());
  assert.equal([...(await sessions.load()).sessions].length, 1);
  await world.join('c', { version: 5, clean: false });
  assert.equal([...(await sessions.load()).sessions].length, 0);
  await world.broker.stop();
});

/** A store whose commits a test settles by hand. */
function slowStore(): SessionStore & { settle(): Promise<void> } {
  const waiting: (() => void)[] = [];
  return {
    ...memorySessions(),
    commit: () => new Promise((resolve) => waiting.push(resolve)),
    async settle() {
      for (const resolve of waiting.splice(0)) resolve();
      await settle();
    },
  };
}

test('sessions: nothing that confirms a change leaves before the store has it [MQB-65]', async () => {
  const sessions = slowStore();
  const world = await openWorld({ sessions });
  const client = await world.dial({ clientId: 'c', clean: false });
  assert.deepEqual(client.take(), []);
  await sessions.settle();
  assert.deepEqual(
    client.take().map(({ kind }) => kind),
    ['connack'],
  );
  for (const [bytes, answer] of [
    [wire.subscribe([['a', 1]]), 'suback'],
    [wire.unsubscribe(['a']), 'unsuback'],
    [wire.publish({ qos: 2, id: 3 }), 'pubrec'],
    [wire.pubrel(3), 'pubcomp'],
    [wire.publish({ qos: 1, id: 4 }), 'puback'],
  ] as const) {
    await client.send(bytes);
    assert.deepEqual(client.take(), []);
    await sessions.settle();
    assert.deepEqual(
      client.take().map(({ kind }) => kind),
      [answer],
    );
  }
  const done = world.broker.stop();
  await sessions.settle();
  await done;
});

test('sessions: when the store fails, connections end unconfirmed and the broker lives on [MQB-65]', async () => {
  let broken: boolean = false;
  const sessions = { ...memorySessions(), commit: () => (broken ? Promise.reject(new Error('no disk')) : undefined) };
  const world = await openWorld({ sessions });
  const clientsBefore = [await world.join('one', { version: 5 }), await world.join('two', { version: 5 })];
  broken = true;
  await clientsBefore[0]?.send(wire.publish({ version: 5, qos: 1 }));
  await clientsBefore[1]?.send(wire.subscribe([['a', 1]], { version: 5 }));
  assert.deepEqual(
    clientsBefore.map((peer) => peer.take().map(({ kind, code }) => [kind, code])),
    [[['disconnect', 0x83]], [['disconnect', 0x83]]],
  );
  const refused = await world.dial({ clientId: 'three', version: 5 });
  assert.equal(refused.take()[0]?.code, 0x88);
  broken = false;
  const four = await world.join('four', { clean: false });
  await four.send(wire.subscribe([['a', 1]]));
  four.take();
  const queued = sessions.queued;
  sessions.queued = () => {
    throw new Error('a bug');
  };
  const five = await world.join('five', { version: 5 });
  await five.send(wire.publish({ version: 5, topic: 'a', qos: 1 }));
  assert.equal(five.takeOne()?.code, 0x83);
  sessions.queued = queued;
  const six = await world.join('six');
  await six.send(wire.publish({ topic: 'a', qos: 1 }));
  assert.deepEqual([six.takeOne()?.kind, four.takeOne()?.kind], ['puback', 'publish']);
  await world.broker.stop();
});
