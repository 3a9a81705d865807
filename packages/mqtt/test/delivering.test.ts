import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as wire from './support/wire.ts';
import { openWorld, type Peer, type World } from './support/world.ts';

const keptFor = (seconds: number) => wire.property(0x11, wire.u32(seconds));
const window = (size: number) => wire.property(0x21, wire.u16(size));

async function subscriber(world: World, clientId: string, qos: number, ...properties: Buffer[]): Promise<Peer> {
  const peer = await world.join(clientId, { version: 5, clean: false, properties: [keptFor(60), ...properties] });
  await peer.send(wire.subscribe([['#', qos]], { version: 5 }));
  peer.take();
  return peer;
}

const say = (world: World, payload: string, qos: 0 | 1 | 2 = 1) => world.broker.publish({ topic: 'a', payload, qos });
const heard = (peer: Peer) => peer.take('publish').map(({ payload, dup }) => `${payload}${dup ? ' again' : ''}`);

test('delivering: no more messages are under way than the client’s Receive Maximum and the broker’s own bound [MQB-50] [MQTT-3.3.4-9] [MQTT-4.9.0-2]', async () => {
  const world = await openWorld({ limits: { inflightMax: 3 } });
  for (const [clientId, receiveMaximum, expected] of [
    ['small', 2, 2],
    ['large', 100, 3],
  ] as const) {
    const peer = await subscriber(world, clientId, 2, window(receiveMaximum));
    for (let n = 0; n < 5; n++) say(world, `${n}`, n % 2 === 0 ? 1 : 2);
    say(world, 'zero', 0);
    await peer.send(wire.pingreq);
    const got = peer.take('publish');
    assert.deepEqual(
      got.filter(({ qos }) => qos! > 0).map(({ payload }) => payload),
      ['0', '1', '2'].slice(0, expected),
    );
    // QoS 0 is not held back [MQTT-3.3.4-10].
    assert.equal(
      got.some(({ payload }) => payload === 'zero'),
      true,
    );
    await peer.send(wire.puback(got[0]!.id!));
    assert.deepEqual(heard(peer), [`${expected}`]);
    // A QoS 2 message holds its place until PUBCOMP, or a refusing PUBREC.
    await peer.send(wire.pubrec(got[1]!.id!));
    assert.deepEqual(
      peer.take().map(({ kind }) => kind),
      ['pubrel'],
    );
    await peer.send(wire.pubcomp(got[1]!.id!));
    assert.deepEqual(heard(peer), [`${expected + 1}`]);
    peer.stream.destroy();
  }
  await world.broker.stop();
});

test('delivering: what was not acknowledged is sent again on reconnection, in order and marked, then the queue [MQB-51] [MQTT-4.4.0-1] [MQTT-3.3.1-1] [MQTT-4.6.0-5]', async () => {
  const world = await openWorld();
  const first = await subscriber(world, 'c', 2, window(4));
  for (const n of [1, 2, 3, 4, 5, 6]) say(world, `${n}`, n % 2 === 0 ? 2 : 1);
  await first.send(wire.pingreq);
  const [one, two, three] = first.take('publish');
  await first.send(wire.pubrec(two!.id!));
  await first.send(wire.puback(three!.id!));
  assert.deepEqual(heard(first), ['5']);
  first.stream.destroy();
  const second = await world.dial({ clientId: 'c', version: 5, clean: false, properties: [keptFor(60), window(4)] });
  const [connack, ...resent] = second.take();
  assert.equal(connack?.present, true);
  assert.deepEqual(
    resent.map(({ kind, id, payload, dup }) => [kind, id, payload, dup]),
    [
      ['pubrel', two!.id, undefined, undefined],
      ['publish', one!.id, '1', true],
      ['publish', resent[2]!.id, '4', true],
      ['publish', resent[3]!.id, '5', true],
    ],
  );
  await second.send(wire.pubcomp(two!.id!));
  assert.deepEqual(heard(second), ['6']);
  await world.broker.stop();
});

test('delivering: a smaller window on the new connection holds also for what is sent again [MQTT-3.3.4-9]', async () => {
  const world = await openWorld();
  const first = await subscriber(world, 'c', 1);
  for (const n of [1, 2, 3]) say(world, `${n}`);
  await first.send(wire.pingreq);
  first.stream.destroy();
  const second = await world.join('c', { version: 5, clean: false, properties: [keptFor(60), window(1)] });
  const got: string[] = [];
  for (let message = second.takeOne(); message; message = second.takeOne()) {
    got.push(message.payload!);
    await second.send(wire.puback(message.id!));
  }
  assert.deepEqual(got, ['1', '2', '3']);
  await world.broker.stop();
});

test('delivering: after PUBREL a QoS 2 message is not sent again, only PUBREL is [MQTT-4.3.3-4] [MQTT-4.3.3-5] [MQTT-4.3.3-6]', async () => {
  const world = await openWorld();
  const first = await subscriber(world, 'c', 2);
  const receipt = say(world, 'x', 2);
  await first.send(wire.pingreq);
  const id = first.take('publish')[0]!.id!;
  await first.send(wire.pubrec(id));
  assert.deepEqual(
    first.take().map(({ kind }) => kind),
    ['pubrel'],
  );
  first.stream.destroy();
  const second = await world.dial({ clientId: 'c', version: 5, clean: false, properties: [keptFor(60)] });
  assert.deepEqual(
    second.take().map(({ kind }) => kind),
    ['connack', 'pubrel'],
  );
  await second.send(wire.pubrec(id));
  assert.deepEqual(
    second.take().map(({ kind }) => kind),
    ['pubrel'],
  );
  await second.send(wire.pubcomp(id));
  assert.equal(await receipt.acknowledged, 'c');
  await world.broker.stop();
});

test('delivering: PUBREC for nothing known is answered with 0x92, other stray acknowledgements are ignored [MQTT-3.6.2-1]', async () => {
  const world = await openWorld();
  const peer = await subscriber(world, 'c', 2);
  say(world, 'x', 1);
  await peer.send(wire.pubrec(500), wire.puback(500), wire.pubcomp(500));
  assert.equal(peer.take('publish').length, 1);
  assert.equal([...world.broker.clients()][0]?.inflight, 1);
  await peer.send(wire.pubrec(501));
  assert.deepEqual(peer.take(), [{ kind: 'pubrel', id: 501, code: 0x92 }]);
  await world.broker.stop();
});

test('delivering: packet identifiers in use are passed over [MQTT-2.2.1-4] [MQTT-4.3.2-1] [MQTT-4.3.3-1]', async () => {
  const world = await openWorld({ limits: { queuedMax: 100_000 } });
  const peer = await subscriber(world, 'c', 1, window(2));
  say(world, 'stays');
  await peer.send(wire.pingreq);
  const stays = peer.take('publish')[0]!.id!;
  let id = stays;
  for (let round = 0; round < 700; round++) {
    const acknowledgements: Buffer[] = [];
    while (acknowledgements.length < 100) {
      say(world, '');
      id = (id % 65_535) + 1;
      if (id !== stays) acknowledgements.push(wire.puback(id));
    }
    await peer.send(...acknowledgements);
  }
  const sent = peer.take('publish').map(({ id }) => id!);
  assert.equal(sent.length > 66_000, true);
  assert.equal(sent.includes(stays), false);
  assert.equal(sent.includes(0), false);
  await world.broker.stop();
});

test('delivering: what is too large for the client is dropped and counted, and the rest arrives [MQB-52] [MQTT-3.1.2-24] [MQTT-3.1.2-25]', async () => {
  const world = await openWorld();
  const peer = await subscriber(world, 'c', 1, wire.property(0x27, wire.u32(60)));
  const receipts = [say(world, 'x'.repeat(100)), say(world, 'small'), say(world, 'y'.repeat(100), 0)];
  await peer.send(wire.pingreq);
  const got = peer.take('publish');
  assert.deepEqual(
    got.map(({ payload }) => payload),
    ['small'],
  );
  assert.equal(await receipts[0]?.acknowledged, undefined);
  await peer.send(wire.puback(got[0]!.id!));
  assert.equal(await receipts[1]?.acknowledged, 'c');
  assert.equal(world.metrics.dropped.value('too-large'), 2);
  await world.broker.stop();
});

test('delivering: a message that waited too long is not sent; one sent in time says how long it has left [MQB-53] [MQTT-3.3.2-5] [MQTT-3.3.2-6]', async () => {
  const world = await openWorld();
  const peer = await subscriber(world, 'c', 1);
  await peer.send(wire.disconnect());
  const client = await world.join('pump', { version: 5 });
  const expiring = (payload: string, seconds: number) =>
    wire.publish({
      version: 5,
      topic: 'a',
      payload,
      qos: 1,
      id: seconds,
      properties: [wire.property(2, wire.u32(seconds))],
    });
  await client.send(expiring('short', 5), expiring('long', 30));
  await world.clock.advance(10_000);
  world.clock.jump(3_600_000);
  const back = await world.dial({ clientId: 'c', version: 5, clean: false, properties: [keptFor(60)] });
  const got = back.take('publish');
  assert.deepEqual(
    got.map(({ payload, properties }) => [payload, properties?.['messageExpiry']]),
    [['long', 20]],
  );
  assert.equal(world.metrics.dropped.value('expired'), 1);
  // Once sent it is sent again whatever its age [MQTT-4.3.3-7].
  await world.clock.advance(40_000);
  back.stream.destroy();
  const again = await world.dial({ clientId: 'c', version: 5, clean: false, properties: [keptFor(60)] });
  assert.deepEqual(
    again.take('publish').map(({ payload, dup, properties }) => [payload, dup, properties?.['messageExpiry']]),
    [['long', true, 0]],
  );
  await world.broker.stop();
});

test('delivering: retained messages expire too [MQTT-3.3.2-5]', async () => {
  const world = await openWorld();
  world.broker.publish({ topic: 'a', payload: 'short', retain: true, properties: { messageExpiry: 5 } });
  world.broker.publish({ topic: 'b', payload: 'long', retain: true });
  await world.clock.advance(6_000);
  const peer = await world.join('c');
  await peer.send(wire.subscribe([['#', 0]]));
  assert.deepEqual(heard(peer), ['long']);
  assert.equal(world.metrics.retained.value(), 1);
  await world.broker.stop();
});

test('delivering: the properties of a message reach version 5 subscribers unaltered and in order; version 4 gets none [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20]', async () => {
  const world = await openWorld();
  const newer = await subscriber(world, 'newer', 1);
  const older = await world.join('older');
  await older.send(wire.subscribe([['#', 1]]));
  older.take();
  const pair = (name: string, value: string) => wire.property(0x26, wire.field(name), wire.field(value));
  const client = await world.join('pump', { version: 5 });
  await client.send(
    wire.publish({
      version: 5,
      topic: 'request',
      payload: 'x',
      properties: [
        pair('b', '1'),
        wire.property(1, wire.u8(1)),
        wire.property(3, wire.field('text/plain')),
        pair('a', '2'),
        wire.property(8, wire.field('answers/here')),
        wire.property(9, wire.field(Buffer.of(0, 255, 1))),
        pair('b', '3'),
      ],
    }),
  );
  assert.deepEqual(newer.take()[0]?.properties, {
    payloadFormat: 1,
    contentType: 'text/plain',
    responseTopic: 'answers/here',
    correlationData: '\u0000\u00ff\u0001',
    userProperties: [
      ['b', '1'],
      ['a', '2'],
      ['b', '3'],
    ],
  });
  assert.equal(older.take()[0]?.payload, 'x');
  await world.broker.stop();
});

test('delivering: a client that takes topic aliases gets them, within its own bound [MQB-54] [MQTT-3.1.2-26] [MQTT-3.1.2-27] [MQTT-3.3.2-11]', async () => {
  const world = await openWorld();
  const peer = await subscriber(world, 'c', 0, wire.property(0x22, wire.u16(2)));
  for (const topic of ['first', 'second', 'third', 'first', 'second', 'third'])
    world.broker.publish({ topic, payload: '' });
  await peer.send(wire.pingreq);
  assert.deepEqual(
    peer.take('publish').map(({ topic, properties }) => [topic, properties?.['topicAlias']]),
    [
      ['first', 1],
      ['second', 2],
      ['third', undefined],
      ['', 1],
      ['', 2],
      ['third', undefined],
    ],
  );
  await world.broker.stop();
});

test('delivering: payloads of every size arrive whole [MQB-55]', async () => {
  const world = await openWorld();
  const peer = await subscriber(world, 'c', 0);
  const sizes = [0, 1, 100, 127, 128, 4_096, 4_097, 16_383, 16_384, 70_000, 300_000];
  for (const size of sizes) world.broker.publish({ topic: 'a', payload: Buffer.alloc(size, size % 251) });
  await peer.send(wire.pingreq);
  const got = peer.take('publish').map(({ payload }) => payload!);
  assert.deepEqual(
    got.map((payload) => payload.length),
    sizes,
  );
  assert.equal(
    got.every((payload, index) => payload === String.fromCharCode(sizes[index]! % 251).repeat(sizes[index]!)),
    true,
  );
  await world.broker.stop();
});
