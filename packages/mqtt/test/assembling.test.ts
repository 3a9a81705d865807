import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memorySpool } from '../src/index.ts';
import { settle } from './support/clock.ts';
import * as wire from './support/wire.ts';
import { openWorld, type Peer, type World } from './support/world.ts';

const large = wire.publish({ version: 5, topic: 'a', payload: 'x'.repeat(200_000), qos: 1 });

/** Clients that have sent the first `sent` bytes of a large packet. */
const begun = (world: World, names: readonly string[], sent = 70_000): Promise<Peer[]> =>
  Promise.all(
    names.map(async (name) => {
      const peer = await world.join(name, { version: 5 });
      await peer.send(large.subarray(0, sent));
      return peer;
    }),
  );

test('assembling: beyond the memory for packets that have not come whole their clients are not read, and go on in turn [MQB-150]', async () => {
  const world = await openWorld({ limits: { assemblingMax: 500_000 } });
  const clients = await begun(world, ['one', 'two', 'three', 'four']);
  for (const client of clients.slice(2)) client.stream.write(large.subarray(70_000));
  await settle(20);
  assert.deepEqual(
    clients.map((client) => client.take('puback').length),
    [0, 0, 0, 0],
  );
  // A packet that is not large asks for none of it.
  const other = await world.join('other', { version: 5 });
  await other.send(wire.publish({ version: 5, topic: 'b', payload: 'y'.repeat(60_000), qos: 1 }).subarray(0, 10));
  await other.send(wire.publish({ version: 5, topic: 'b', payload: 'y'.repeat(60_000), qos: 1 }).subarray(10));
  assert.equal(other.take('puback').length, 1);
  await clients[0]!.send(large.subarray(70_000));
  await settle(100);
  assert.deepEqual(
    clients.map((client) => client.take('puback').length),
    [1, 0, 1, 1],
  );
  await clients[1]!.send(large.subarray(70_000));
  await world.clock.advance(600);
  assert.equal(clients[1]!.take('puback').length, 1);
  assert.deepEqual([world.metrics.assemblyWaits.value(), world.metrics.assemblingBytes.value()], [2, 0]);
  await world.broker.stop();
});

test('assembling: who waits holds no more than it had sent when there was no room [MQB-150]', async () => {
  const world = await openWorld({ limits: { assemblingMax: 250_000, packetSizeMax: 8 * 2 ** 20 } });
  await begun(world, ['first']);
  const peer = await world.join('second');
  const whole = wire.publish({ topic: 'a', payload: 'x'.repeat(6 * 2 ** 20), qos: 1 });
  for (let at = 0; at < whole.length; at += 65_536) peer.stream.write(whole.subarray(at, at + 65_536));
  await settle(200);
  const taken = whole.length - peer.stream.writableLength;
  assert.ok(taken <= 4 * 65_536, `${taken} bytes were taken`);
  await world.broker.stop();
});

test('assembling: a packet larger than all that memory is taken alone [MQB-150]', async () => {
  const world = await openWorld({ limits: { assemblingMax: 100_000 } });
  const [one, two] = await begun(world, ['one', 'two']);
  await one!.send(large.subarray(70_000));
  await settle();
  await two!.send(large.subarray(70_000));
  await settle();
  assert.deepEqual([one!.take('puback').length, two!.take('puback').length], [1, 1]);
  await world.broker.stop();
});

test('assembling: who waits and leaves gives up its turn, and who was lost its memory [MQB-150]', async () => {
  const world = await openWorld({ limits: { assemblingMax: 250_000 } });
  const [one, two, three] = await begun(world, ['one', 'two', 'three']);
  two!.stream.destroy();
  one!.stream.destroy();
  await settle();
  await three!.send(large.subarray(70_000));
  await settle();
  assert.equal(three!.take('puback').length, 1);
  await world.broker.stop();
});

test('assembling: whoever keeps others waiting for too long is closed with 0x97, and only then [MQB-151]', async () => {
  const world = await openWorld({ limits: { assemblingMax: 250_000 } });
  const [slow] = await begun(world, ['slow']);
  const dribble = async (peer: Peer, seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      await peer.send(large.subarray(70_000 + second, 70_001 + second));
      await world.clock.advance(1_000);
    }
  };
  await dribble(slow!, 50);
  assert.equal(slow!.ended, false, 'nobody waits');
  const [next] = await begun(world, ['next']);
  await world.clock.advance(1_000);
  assert.deepEqual([slow!.take('disconnect')[0]?.code, slow!.ended], [0x97, true]);
  await next!.send(large.subarray(70_000));
  await settle();
  assert.equal(next!.take('puback').length, 1);
  await world.broker.stop();
});

test('assembling: who says nothing in the midst of a large packet is closed after stalledMax, also when it goes into the spool [MQB-151]', async () => {
  const spool = memorySpool();
  for (const lent of [{}, { spool, limits: { spoolFrom: 100_000 } }]) {
    const world = await openWorld(lent);
    const [half] = await begun(world, ['half']);
    const idle = await world.join('idle');
    await world.clock.advance(59_000);
    assert.equal(half!.ended, false);
    await world.clock.advance(3_000);
    assert.deepEqual([half!.ended, idle.ended, spool.sizeBytes], [true, false, 0]);
    assert.equal(world.metrics.disconnects.value('stalled'), 1);
    await world.broker.stop();
  }
});
