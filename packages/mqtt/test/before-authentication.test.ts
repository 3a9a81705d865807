import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessVerdict } from '../src/index.ts';
import { settle } from './support/clock.ts';
import * as wire from './support/wire.ts';
import { openWorld } from './support/world.ts';

test('connecting: while access is being asked, what comes behind the CONNECT is left with the sender [MQB-130]', async () => {
  const asked = Promise.withResolvers<AccessVerdict>();
  const world = await openWorld({ access: { authenticate: () => asked.promise, authorize: () => true } });
  const peer = world.raw();
  const publish = wire.publish({ topic: 'a', payload: 'x'.repeat(1_000), qos: 1 });
  await peer.send(wire.connect());
  for (let sent = 0; sent < 1_000; sent++) peer.stream.write(publish);
  await settle();
  const held = 1_000 * publish.length - peer.stream.writableLength;
  assert.ok(held <= 2 ** 17, `the broker and the stream between hold ${held} bytes`);
  asked.resolve({ ok: true });
  await settle(4_000);
  assert.equal(peer.take('puback').length, 1_000, 'nothing of it is lost');
  await world.broker.stop();
});

test('connecting: whoever does not finish its CONNECT is cut after connectWithin, however it dribbles [MQB-130]', async () => {
  const world = await openWorld();
  const peer = world.raw();
  const connect = wire.connect({ clientId: 'x'.repeat(200) });
  for (let at = 0; at < 5; at++) {
    await peer.send(connect.subarray(at, at + 1));
    await world.clock.advance(1_000);
  }
  await world.clock.advance(1_000);
  assert.equal(peer.ended, true);
  await world.broker.stop();
});

test('connecting: a packet of 16 KiB or a promise of 256 MB is refused before authentication by its length alone [MQB-130]', async () => {
  const world = await openWorld({ limits: { packetSizeMax: 268_435_456 } });
  for (const length of [wire.varint(16 * 1_024), wire.varint(268_435_455)]) {
    const peer = world.raw();
    await peer.send(Buffer.of(0x10), length);
    assert.deepEqual([peer.take(), peer.ended], [[], true]);
  }
  await world.broker.stop();
});

test('publishing: packets far beyond the default pass where the configuration allows them, and one byte more does not [MQB-129]', async () => {
  const packetSizeMax = 8 * 2 ** 20;
  const world = await openWorld({ limits: { packetSizeMax } });
  const client = await world.join('c', { version: 5 });
  await client.send(wire.subscribe([['big', 1]], { version: 5 }));
  client.take();
  const overhead = wire.publish({ version: 5, topic: 'big', qos: 1, payload: Buffer.alloc(2 ** 22) }).length - 2 ** 22;
  const publish = (size: number) => {
    const bytes = wire.publish({ version: 5, topic: 'big', qos: 1, payload: Buffer.alloc(size - overhead, 'x') });
    assert.equal(bytes.length, size);
    return bytes;
  };
  await client.send(publish(packetSizeMax));
  await settle(600);
  const [message] = client.take('publish');
  assert.equal(message?.payload?.length, packetSizeMax - overhead);
  await client.send(publish(packetSizeMax + 1));
  await settle(600);
  assert.equal(client.take('disconnect')[0]?.code, 0x95);
  await world.broker.stop();
});
