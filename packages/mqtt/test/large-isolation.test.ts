import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memorySpool, type Spool, type SpoolFile } from '../src/index.ts';
import { settle } from './support/clock.ts';
import * as wire from './support/wire.ts';
import { openWorld, type Peer, type World } from './support/world.ts';

const MiB = 2 ** 20;

/** A spool that counts the bytes that were read and not yet written elsewhere. */
function countingSpool(): Spool & { readBytes: number } {
  const spool = memorySpool();
  const counting = (file: SpoolFile): SpoolFile => ({
    ...file,
    async open() {
      const reader = await file.open();
      return {
        ...reader,
        read(into, at) {
          one.readBytes += into.length;
          return reader.read(into, at);
        },
      };
    },
  });
  const one = {
    readBytes: 0,
    get sizeBytes() {
      return spool.sizeBytes;
    },
    load: (kept: ReadonlyMap<number, number>) => spool.load(kept),
    create(size: number, durable: boolean) {
      const file = spool.create(size, durable);
      return file && counting(file);
    },
  };
  return one;
}

async function subscriber(world: World, clientId: string, filter: string, qos = 1): Promise<Peer> {
  const peer = await world.join(clientId);
  await peer.send(wire.subscribe([[filter, qos]]));
  peer.take();
  return peer;
}

test('large: on its way to a client that does not read it takes a piece of memory, and nobody else waits for it [MQB-158]', async () => {
  const spool = countingSpool();
  const world = await openWorld({ spool, limits: { spoolFrom: 100_000, packetSizeMax: 8 * MiB } });
  const frozen = await Promise.all([0, 1, 2].map((n) => subscriber(world, `frozen ${n}`, 'large')));
  for (const one of frozen) one.stream.pause();
  const eager = await subscriber(world, 'eager', '#');
  const steady = await subscriber(world, 'steady', 'small');
  const client = await world.join('client');
  const whole = wire.publish({ topic: 'large', payload: 'x'.repeat(4 * MiB), qos: 1, id: 1 });
  // It comes slowly, too: what others publish meanwhile is acknowledged and delivered in the same turn as ever.
  const other = await world.join('other');
  let large = 0;
  for (let n = 0; n < 300; n++) {
    client.stream.write(whole.subarray(n * MiB, (n + 1) * MiB));
    await other.send(wire.publish({ topic: 'small', payload: `${n}`, qos: 1, id: 1 + n }));
    assert.deepEqual([other.take('puback').length, steady.take('publish')[0]?.payload], [1, `${n}`]);
    steady.stream.write(wire.puback((n % 65_535) + 1));
    // Behind a large packet of its own connection a client has to wait: bytes of packets do not mix.
    const got = eager.take('publish');
    large += got.filter(({ topic }) => topic === 'large').length;
    for (const { id } of got) eager.stream.write(wire.puback(id!));
  }
  await settle(600);
  assert.equal(large + eager.take('publish').filter(({ topic }) => topic === 'large').length, 1);
  const inMemory = spool.readBytes - 4 * MiB;
  assert.ok(inMemory <= 3 * 4 * 65_536, `${inMemory} bytes were read for three clients that do not read`);
  for (const one of frozen) one.stream.resume();
  await settle(900);
  for (const one of frozen) assert.equal(one.take('publish')[0]?.payload?.length, 4 * MiB);
  await world.broker.stop();
});

test('large: QoS 0 messages wait behind it within outgoingMax, those beyond it are dropped, counted [MQB-158]', async () => {
  const spool = memorySpool();
  const world = await openWorld({ spool, limits: { spoolFrom: 100_000, outgoingMax: 200_000 } });
  const slow = await subscriber(world, 'slow', '#', 0);
  slow.stream.pause();
  const client = await world.join('client');
  const large = wire.publish({ topic: 'large', payload: 'x'.repeat(500_000) });
  await client.send(large, large, large, large, large, large);
  await settle(60);
  assert.ok(world.metrics.dropped.value('slow') >= 1);
  const dropped = world.metrics.dropped.value('slow');
  slow.stream.resume();
  await settle(300);
  assert.equal(slow.take('publish').length, 6 - dropped);
  assert.equal(spool.sizeBytes, 0);
  await world.broker.stop();
});

test('large: a client that is lost in the midst of it holds nothing any more, and gets it anew if it was to be kept [MQB-158] [MQB-159]', async () => {
  const spool = memorySpool();
  const world = await openWorld({ spool, limits: { spoolFrom: 100_000, packetSizeMax: 4 * MiB } });
  const fields = { version: 5 as const, clean: false, properties: [wire.property(0x11, wire.u32(60))] };
  const kept = await world.join('kept', fields);
  await kept.send(wire.subscribe([['a', 1]], { version: 5 }));
  const lost = await subscriber(world, 'lost', 'a');
  for (const one of [kept, lost]) one.stream.pause();
  const client = await world.join('client');
  await client.send(wire.publish({ topic: 'a', payload: 'x'.repeat(2 * MiB), qos: 1 }));
  await settle(60);
  lost.stream.destroy();
  kept.stream.destroy();
  await settle();
  assert.equal(spool.sizeBytes, 2 * MiB);
  const back = await world.join('kept', fields);
  await settle(100);
  const [got] = back.take('publish');
  assert.deepEqual([got?.dup, got?.payload?.length], [true, 2 * MiB]);
  await back.send(wire.puback(got!.id!));
  assert.equal(spool.sizeBytes, 0);
  await world.broker.stop();
});

test('large: the server stops while it is on its way, in both directions [MQB-158]', async () => {
  const world = await openWorld({ spool: memorySpool(), limits: { spoolFrom: 100_000, packetSizeMax: 4 * MiB } });
  const slow = await subscriber(world, 'slow', 'a');
  slow.stream.pause();
  const client = await world.join('client');
  const whole = wire.publish({ topic: 'a', payload: 'x'.repeat(2 * MiB), qos: 1 });
  await client.send(whole, whole.subarray(0, MiB));
  await settle(60);
  const stopped = world.broker.stop();
  await world.clock.advance(5_000);
  await stopped;
  assert.equal(client.ended, true);
});
