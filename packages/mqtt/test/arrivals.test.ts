import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { WebSocket } from 'ws';
import type { AccessVerdict } from '../src/index.ts';
import { closed, crowd, sendAtOnce, stopAmong, stopOnTheWay, upgrade } from './support/arrivals.ts';
import { settle } from './support/clock.ts';
import { dialTcp, listenOn, portOf } from './support/sockets.ts';
import * as wire from './support/wire.ts';
import { openWorld } from './support/world.ts';

for (const transport of ['tcp', 'ws'] as const) {
  const listener = { transport, host: '127.0.0.1', port: 0 };

  test(`arrivals: over ${transport}, whoever stops on the way to its session is cut after connectWithin [MQB-34] [MQB-174]`, () =>
    stopOnTheWay(listener));

  test(`arrivals: over ${transport}, beyond pendingMax the oldest goes, counted [MQB-35] [MQB-174]`, () =>
    crowd(listener));

  test(`${transport}: what the broker has to say leaves at once, not when more has come together [MQB-178]`, () =>
    sendAtOnce(listener));

  test(`arrivals: over ${transport}, a stop ends those on the way to their session [MQB-97]`, () =>
    stopAmong(listener));
}

test('ws: before authentication a message is held no longer than a packet may be, whatever its length [MQB-130]', async () => {
  await using broker = await listenOn(['ws']);
  const greedy = new WebSocket(`ws://127.0.0.1:${portOf(broker)}`, 'mqtt');
  greedy.on('error', () => undefined);
  await once(greedy, 'open');
  // A packet that promises 10 000 bytes, in one message of 20 MB.
  const bytes = Buffer.alloc(20_000_000);
  bytes.set([0x10, 0x90, 0x4e]);
  greedy.send(bytes);
  await once(greedy, 'close');
  const long = new WebSocket(`ws://127.0.0.1:${portOf(broker)}`, 'mqtt');
  await once(long, 'open');
  long.send(Buffer.concat([Buffer.of(0x10), wire.varint(16_384)]));
  await once(long, 'close');
  await broker.stop();
});

test('ws: a request with more than 8 KiB of headers is refused [MQB-130]', async () => {
  await using broker = await listenOn(['ws']);
  const socket = await dialTcp(portOf(broker));
  socket.write(upgrade.replace('\r\n\r\n', `\r\nX-Long: ${'x'.repeat(9_000)}\r\n\r\n`));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1\.1 431 /);
  await closed(socket);
  await broker.stop();
});

test('arrivals: of all that peers have sent behind their CONNECT while access thinks, pendingBytesMax is held [MQB-175]', async () => {
  const asked = Promise.withResolvers<AccessVerdict>();
  const access = { authenticate: () => asked.promise, authorize: () => true };
  const world = await openWorld({ access, limits: { pendingBytesMax: 100_000 } });
  const peers = Array.from({ length: 8 }, () => world.raw());
  for (const [index, peer] of peers.entries()) {
    await peer.send(wire.connect({ clientId: `c${index}` }));
    await peer.send(wire.publish({ topic: 'a', payload: 'x'.repeat(index % 2 > 0 ? 50_000 : 10) }));
  }
  await settle(20);
  await world.clock.advance(1_000);
  const ended = peers.map((peer) => peer.ended);
  assert.equal(ended.filter(Boolean).length >= 1, true, 'some had to go');
  assert.deepEqual([ended[0], ended[2], ended[4], ended[6]], [false, false, false, false], 'who sent little stays');
  assert.equal(world.metrics.turnedAway.value('pending-bytes'), ended.filter(Boolean).length);
  asked.resolve({ ok: true });
  await settle(20);
  assert.equal([...world.broker.clients()].length, 8 - ended.filter(Boolean).length);
  await world.broker.stop();
});
