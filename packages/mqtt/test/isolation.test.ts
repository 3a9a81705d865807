import assert from 'node:assert/strict';
import { Duplex, duplexPair } from 'node:stream';
import { test } from 'node:test';
import { settle } from './support/clock.ts';
import * as wire from './support/wire.ts';
import { openWorld, type Peer, type World } from './support/world.ts';

/** A subscriber that stops reading after its SUBACK. */
async function frozen(world: World, qos: number): Promise<Peer> {
  const peer = await world.join('frozen', {
    version: 5,
    clean: false,
    properties: [wire.property(0x11, wire.u32(60))],
  });
  await peer.send(wire.subscribe([['#', qos]], { version: 5 }));
  peer.take();
  peer.stream.pause();
  return peer;
}

const payload = 'x'.repeat(1_000);

test('isolation: a subscriber that never reads loses QoS 0 beyond its bound, counted; the others lose nothing and wait for nothing [MQB-80]', async () => {
  const world = await openWorld({ limits: { outgoingMax: 100_000 } });
  const lazy = await frozen(world, 0);
  const eager = await world.join('eager');
  await eager.send(wire.subscribe([['#', 1]]));
  eager.take();
  const client = await world.join('pump');
  for (let n = 1; n <= 1_000; n++) {
    await client.send(wire.publish({ topic: 'a', payload, qos: 1, id: n }));
    assert.equal(client.take('puback').length, 1);
    const got = eager.take('publish');
    assert.equal(got.length, 1);
    eager.stream.write(wire.puback(got[0]!.id!));
  }
  const dropped = world.metrics.dropped.value('slow');
  assert.equal(dropped > 800 && dropped < 950, true, `${dropped} dropped`);
  lazy.stream.resume();
  await settle();
  assert.equal(lazy.take('publish').length, 1_000 - dropped);
  // It reads again, so it gets messages again.
  world.broker.publish({ topic: 'a', payload: 'fresh' });
  await settle();
  assert.deepEqual(
    lazy.take('publish').map((packet) => packet.payload),
    ['fresh'],
  );
  await world.broker.stop();
});

test('isolation: QoS 1 waits in the queue of a client that does not read, and arrives complete and in order when it does [MQB-81]', async () => {
  const world = await openWorld({ limits: { outgoingMax: 50_000 } });
  const lazy = await frozen(world, 1);
  for (let n = 0; n < 500; n++) world.broker.publish({ topic: 'a', payload: `${n} ${payload}`, qos: 1 });
  await settle();
  const [row] = [...world.broker.clients()];
  assert.equal(row!.inflight < 80 && row!.queued > 420, true, JSON.stringify(row));
  lazy.stream.resume();
  const got: string[] = [];
  for (let round = 0; round < 40; round++) {
    const packets = lazy.take('publish');
    got.push(...packets.map((packet) => packet.payload!.split(' ')[0]!));
    await lazy.send(...packets.map((packet) => wire.puback(packet.id!)));
  }
  assert.deepEqual(
    got,
    Array.from({ length: 500 }, (_, n) => `${n}`),
  );
  await world.broker.stop();
});

test('isolation: a client that takes nothing for too long is closed, a slow one is not [MQB-82]', async () => {
  const world = await openWorld({ limits: { outgoingMax: 100_000, stalledMax: 30_000 as never } });
  await frozen(world, 1);
  const slow = await world.join('slow');
  await slow.send(wire.subscribe([['#', 1]]));
  for (let n = 0; n < 200; n++) world.broker.publish({ topic: 'a', payload, qos: 1 });
  await settle();
  slow.stream.pause();
  for (let round = 0; round < 5; round++) {
    world.broker.publish({ topic: 'a', payload: 'x'.repeat(50_000), qos: 0 });
    await world.clock.advance(10_000);
    slow.stream.resume();
    await settle();
    slow.stream.pause();
  }
  assert.equal(world.metrics.disconnects.value('stalled'), 1);
  // Its session was to be kept, and is.
  assert.deepEqual(
    [...world.broker.clients()].map(({ clientId, connection }) => [clientId, connection !== undefined]),
    [
      ['frozen', false],
      ['slow', true],
    ],
  );
  slow.stream.resume();
  await world.broker.stop();
});

test('isolation: a client that asks without reading the answers is not read on, and goes on when it reads [MQB-85]', async () => {
  const world = await openWorld({ limits: { outgoingMax: 70_000 } });
  const client = await world.join('c');
  client.stream.pause();
  const pings = Buffer.concat(Array.from({ length: 10_000 }, () => wire.pingreq));
  for (let round = 0; round < 50; round++) client.stream.write(pings);
  await settle(100);
  // 500 000 answers of two bytes are far more than may wait.
  assert.equal(client.stream.writableLength > 500_000, true);
  let got = 0;
  client.stream.on('data', () => (got += client.take('pingresp').length));
  client.stream.resume();
  await settle(3_000);
  assert.equal(got + client.take('pingresp').length, 500_000);
  await world.broker.stop();
});

test('isolation: retained messages come as the client can take them, more than its queue could hold [MQB-83]', async () => {
  const world = await openWorld({ limits: { queuedMax: 10, inflightMax: 20, outgoingMax: 20_000 } });
  for (let n = 0; n < 500; n++) world.broker.publish({ topic: `t/${n}`, payload, qos: 1, retain: true });
  const client = await world.join('c');
  await client.send(wire.subscribe([['t/+', 1]]));
  const topics = new Set<string>();
  for (let packets = client.take('publish'); packets.length > 0; packets = client.take('publish')) {
    for (const packet of packets) topics.add(packet.topic!);
    await client.send(...packets.map((packet) => wire.puback(packet.id!)));
  }
  assert.equal(topics.size, 500);
  assert.equal(world.metrics.dropped.value('queue-full'), 0);
  const once = await world.join('d');
  await once.send(wire.subscribe([['t/+', 0]]));
  await settle(50);
  assert.equal(once.take('publish').length, 500);
  await world.broker.stop();
});

test('isolation: clients that send nonsense are counted by reason and nobody else notices [MQB-2] [MQTT-4.13.1-1]', async () => {
  const world = await openWorld();
  const steady = await world.join('steady');
  await steady.send(wire.subscribe([['a', 1]]));
  steady.take();
  const nonsense: Buffer[] = [
    Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff),
    wire.publish({ version: 5, topic: 'a/#' }),
    wire.publish({ version: 5, topic: Buffer.of(0xc3, 0x28) }),
    wire.subscribe([], { version: 5 }),
    Buffer.of(0x30, 0xff, 0xff, 0xff, 0x7f),
  ];
  const codes: unknown[] = [];
  for (const bytes of nonsense) {
    const peer = await world.join('bad', { version: 5 });
    await peer.send(bytes);
    codes.push(peer.take()[0]?.code);
    assert.equal(peer.ended, true);
    world.broker.publish({ topic: 'a', payload: 'x', qos: 1 });
    await settle();
    assert.equal(steady.take('publish').length, 1);
  }
  assert.deepEqual(codes, [0x81, 0x90, 0x81, 0x82, 0x95]);
  const counted = ['malformed-packet', 'topic-name-invalid', 'protocol-error', 'packet-too-large'].map((why) =>
    world.metrics.malformed.value(why),
  );
  assert.deepEqual(counted, [2, 1, 1, 1]);
  await world.broker.stop();
});

test('isolation: a peer that does not end its side is cut off a moment after it was closed [MQB-84]', async () => {
  const world = await openWorld();
  const [theirs, ours] = duplexPair();
  world.broker.accept(ours, { address: 'test', secure: false });
  theirs.resume();
  theirs.write(wire.pingreq);
  await world.clock.advance(1_000);
  assert.deepEqual([ours.writableEnded, ours.destroyed], [true, false]);
  await world.clock.advance(1_500);
  assert.equal(ours.destroyed, true);
  await world.broker.stop();
});

test('isolation: what had to wait because one turn brought too much is sent in the next [MQB-81]', async () => {
  const world = await openWorld({ limits: { outgoingMax: 1_000 } });
  let took = (): void => undefined;
  let bytes = 0;
  const stream = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      took = done;
    },
    final: (done) => done(),
  });
  world.broker.accept(stream, { address: 'test', secure: false });
  stream.push(Buffer.concat([wire.connect({ clientId: 'c' }), wire.subscribe([['a', 1]])]));
  const takeAll = async (): Promise<void> => {
    for (let turn = 0; turn < 4; turn++) {
      await settle();
      const done = took;
      took = () => undefined;
      done();
    }
    await settle();
  };
  await takeAll();
  const room = stream.writableHighWaterMark;
  world.broker.publish({ topic: 'a', payload: 'x'.repeat(room - 1_000), qos: 1 });
  await settle();
  world.broker.publish({ topic: 'a', payload: 'x'.repeat(2_000), qos: 1 });
  world.broker.publish({ topic: 'a', payload: 'waits', qos: 1 });
  assert.equal([...world.broker.clients()][0]?.queued, 1);
  // Head and payload are taken. The stream was never full, so it will not say that it has room again.
  took();
  took();
  await takeAll();
  assert.equal([...world.broker.clients()][0]?.queued, 0);
  assert.equal(bytes > room + 1_000, true);
  stream.destroy();
  await world.broker.stop();
});

test('isolation: beside others a flood is taken a few KiB a millisecond, counted, whole and in its order [MQB-86]', async () => {
  const world = await openWorld();
  const eager = await world.join('eager');
  await eager.send(wire.subscribe([['#', 0]]));
  eager.take();
  const [flood, other] = [await world.join('flood'), await world.join('other')];
  const count = 5_000;
  const packets = Array.from({ length: count }, (_, n) => wire.publish({ topic: 'flood', payload: `${n}` }));
  flood.stream.write(Buffer.concat(packets));
  await settle();
  const numbers: number[] = [];
  let most = 0;
  for (let ms = 0; ms < 60; ms++) {
    other.stream.write(wire.publish({ topic: 'other', payload: `${ms}` }));
    await world.clock.advance(1);
    const got = eager.take('publish');
    assert.equal(got.filter(({ topic }) => topic === 'other').length, 1, `in millisecond ${ms}`);
    const some = got.flatMap(({ topic, payload: number }) => (topic === 'flood' ? [Number(number)] : []));
    if (ms > 0) most = Math.max(most, some.length);
    numbers.push(...some);
  }
  // 72 bytes of work and more each
  assert.ok(most <= 8_192 / 72 + 1, `${most} of the flood in a millisecond`);
  assert.deepEqual(
    numbers,
    Array.from({ length: count }, (_, n) => n),
  );
  await world.clock.advance(1_000);
  assert.ok(world.metrics.deferrals.value() >= 30);
  await world.broker.stop();
});

test('isolation: a flood beside which nobody says anything for 10 ms waits for nothing but the next turn [MQB-86]', async () => {
  const world = await openWorld();
  const [flood, other] = [await world.join('flood'), await world.join('other')];
  const received = (): number =>
    [...world.broker.clients()].find(({ clientId }) => clientId === 'flood')!.connection!.received;
  const packets = Buffer.concat(Array.from({ length: 5_000 }, () => wire.publish({ topic: 'flood', payload: 'x' })));
  await world.clock.advance(11);
  flood.stream.write(packets);
  await settle(100);
  assert.equal(received(), 5_000);
  await other.send(wire.pingreq);
  flood.stream.write(packets);
  await settle(100);
  assert.ok(received() < 6_000, `${received()} at once, though another one was heard`);
  await world.clock.advance(100);
  await settle(100);
  assert.equal(received(), 10_000);
  await world.broker.stop();
});

test('isolation: a packet larger than what one read may bring is paid for before the next one is taken [MQB-86]', async () => {
  const world = await openWorld();
  const [heavy, other] = [await world.join('heavy'), await world.join('other')];
  const received = (): number =>
    [...world.broker.clients()].find(({ clientId }) => clientId === 'heavy')!.connection!.received;
  await other.send(wire.pingreq);
  await heavy.send(wire.publish({ topic: 'a', payload: 'x'.repeat(200_000) }));
  await settle(20);
  await heavy.send(wire.publish({ topic: 'a', payload: 'x' }));
  assert.equal(received(), 1);
  for (let ms = 0; ms < 15; ms++) {
    await other.send(wire.pingreq);
    await world.clock.advance(1);
  }
  assert.equal(received(), 1, 'that is 120 KiB');
  for (let ms = 0; ms < 15; ms++) {
    await other.send(wire.pingreq);
    await world.clock.advance(1);
  }
  assert.equal(received(), 2);
  await world.broker.stop();
});
