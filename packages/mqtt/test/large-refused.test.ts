import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '@selvedge/kernel';
import { simulatedDisk } from '../../../testkit/src/disk/simulated-disk.ts';
import { diskSpool, type Intake, memorySpool, type SpooledPayload } from '../src/index.ts';
import { settle } from './support/clock.ts';
import * as wire from './support/wire.ts';
import { openWorld, type Peer } from './support/world.ts';

const limits = { spoolFrom: 2_000 };
const size = 200_000;
const text = 'x'.repeat(size);
const arrive = (): Promise<void> => settle(120);

async function send(peer: Peer, ...bytes: readonly Uint8Array[]): Promise<void> {
  await peer.send(...bytes);
  await arrive();
}

test('large: without room version 5 is told 0x97 when it is over and goes on, version 4 is closed at once, QoS 0 is counted [MQB-154]', async () => {
  const spool = memorySpool({ sizeMax: size });
  const world = await openWorld({ spool, limits });
  const client = await world.join('five', { version: 5 });
  const publish = (qos: number, more = 1) =>
    wire.publish({ version: 5, topic: 'a', payload: text.repeat(2), qos, id: more });
  await send(client, publish(1), wire.pingreq, publish(2, 2), publish(0), wire.publish({ version: 5, qos: 1, id: 3 }));
  assert.deepEqual(
    client.take().map(({ kind, id, code }) => [kind, id, code]),
    [
      ['puback', 1, 0x97],
      ['pingresp', undefined, undefined],
      ['pubrec', 2, 0x97],
      ['puback', 3, 0x10],
    ],
  );
  const four = await world.join('four');
  const whole = wire.publish({ topic: 'a', payload: text.repeat(2), qos: 1 });
  await send(four, whole.subarray(0, 30));
  assert.deepEqual([four.ended, four.take().length], [true, 0], 'it need not send the rest');
  const once = await world.join('once');
  await send(once, wire.publish({ topic: 'a', payload: text.repeat(2) }), wire.pingreq);
  assert.equal(once.take('pingresp').length, 1);
  assert.deepEqual([world.metrics.refused.value('quota-exceeded'), spool.sizeBytes], [5, 0]);
  await world.broker.stop();
});

test('large: the room of a payload that is still coming counts, and is given back when its client is lost [MQB-154] [MQB-159]', async () => {
  const spool = memorySpool({ sizeMax: size + 100 });
  const world = await openWorld({ spool, limits });
  const slow = await world.join('slow', { version: 5 });
  const publish = wire.publish({ version: 5, topic: 'a', payload: text, qos: 1 });
  await send(slow, publish.subarray(0, 70_000));
  assert.equal(spool.sizeBytes, size);
  const other = await world.join('other', { version: 5 });
  await send(other, publish);
  assert.equal(other.take()[0]?.code, 0x97);
  slow.stream.destroy();
  await arrive();
  assert.equal(spool.sizeBytes, 0);
  await send(other, publish);
  assert.equal(other.take()[0]?.code, 0x10);
  await world.broker.stop();
});

test('large: who may not publish it puts nothing into the spool, and what was allowed at the beginning must be so at the end [MQB-155]', async () => {
  const spool = memorySpool();
  let allowed = false;
  const access = { authenticate: () => ({ ok: true }) as const, authorize: () => allowed };
  const world = await openWorld({ spool, limits, access });
  const client = await world.join('c', { version: 5 });
  const publish = wire.publish({ version: 5, topic: 'a', payload: text, qos: 1 });
  await client.send(publish.subarray(0, 100_000));
  assert.equal(spool.sizeBytes, 0);
  await send(client, publish.subarray(100_000));
  assert.equal(client.take()[0]?.code, 0x87);
  allowed = true;
  world.broker.reauthorize();
  await client.send(publish.subarray(0, 100_000));
  assert.equal(spool.sizeBytes, size);
  allowed = false;
  world.broker.reauthorize();
  await send(client, publish.subarray(100_000), wire.publish({ version: 5, topic: '$SYS/a', payload: text, qos: 1 }));
  assert.deepEqual(
    client.take().map(({ code }) => code),
    [0x87, 0x87],
  );
  assert.equal(spool.sizeBytes, 0);
  await world.broker.stop();
});

test('large: what is wrong with its head ends the connection before its payload comes [MQB-165]', async () => {
  const world = await openWorld({ spool: memorySpool(), limits: { ...limits, propertiesMax: 100 } });
  const pair = wire.property(0x26, wire.field('n'), wire.field('v'.repeat(60_000)));
  const heads: [Buffer, number][] = [
    [wire.publish({ version: 5, topic: 'a/#', payload: text }), 0x90],
    [wire.publish({ version: 5, topic: '', payload: text }), 0x82],
    [wire.publish({ version: 5, topic: 'a', payload: text, qos: 3 }), 0x81],
    [wire.publish({ version: 5, topic: 'a', payload: text, properties: [pair, pair, pair, pair, pair] }), 0x97],
    [wire.packet(0x30, wire.u16(60_000), Buffer.alloc(5_000)), 0x81],
  ];
  for (const [bytes, code] of heads) {
    const client = await world.join('c', { version: 5 });
    await send(client, bytes.length > size ? bytes.subarray(0, bytes.length - size / 2) : bytes);
    assert.equal(client.take('disconnect')[0]?.code, code);
  }
  const client = await world.join('c', { version: 5 });
  const long = wire.property(0x26, wire.field('n'), wire.field('v'.repeat(5_000)));
  await send(client, wire.publish({ version: 5, topic: 'a', qos: 1, properties: [long] }));
  assert.equal(client.take('puback').length, 1, 'one that is nothing but head is an ordinary one');
  await world.broker.stop();
});

test('large: an intake that takes spooled payloads is shown the beginning and may keep the whole [MQB-160]', async () => {
  const spool = memorySpool();
  const seen: unknown[] = [];
  let kept: SpooledPayload | undefined;
  const intake: Intake = {
    takesSpooled: true,
    take(_publisher, { topic, bytes, start, end, spooled }) {
      seen.push([topic, bytes.toString('utf8', start, end), spooled?.size]);
      if (topic === 'refused') return 0x99;
      if (topic === 'kept') (kept = spooled)?.hold();
      return 0;
    },
    commit: () => Promise.resolve(),
  };
  const world = await openWorld({ spool, limits, intake });
  const client = await world.join('c', { version: 5 });
  for (const topic of ['refused', 'passed', 'kept'])
    await send(client, wire.publish({ version: 5, topic, payload: text, qos: 1 }));
  await send(client, wire.publish({ version: 5, topic: 'small', payload: 'y', qos: 1 }));
  assert.deepEqual(seen, [
    ['refused', text.slice(0, 1_024), size],
    ['passed', text.slice(0, 1_024), size],
    ['kept', text.slice(0, 1_024), size],
    ['small', 'y', undefined],
  ]);
  assert.deepEqual(
    client.take().map(({ code }) => code),
    [0x99, 0x10, 0x10, 0x10],
  );
  assert.equal(spool.sizeBytes, size);
  const reader = await kept!.open();
  const part = Buffer.alloc(5);
  await reader.read(part, size - 5);
  assert.equal(part.toString(), 'xxxxx');
  await reader.close();
  kept!.release();
  assert.equal(spool.sizeBytes, 0);
  await world.broker.stop();
});

test('large: an intake that does not say so gets every payload whole, and nothing is spooled [MQB-160]', async () => {
  const spool = memorySpool();
  const sizes: number[] = [];
  const take = (_publisher: unknown, { start, end }: { start: number; end: number }) => sizes.push(end - start) * 0;
  const world = await openWorld({ spool, limits, intake: { take, commit: () => Promise.resolve() } });
  const client = await world.join('c');
  await client.send(wire.publish({ topic: 'a', payload: text, qos: 1 }).subarray(0, 100_000));
  assert.equal(spool.sizeBytes, 0);
  await send(client, wire.publish({ topic: 'a', payload: text, qos: 1 }).subarray(100_000));
  assert.deepEqual([sizes, client.take('puback').length], [[size], 1]);
  await world.broker.stop();
});

test('large: a spool that cannot write refuses like one without room; one that cannot read ends the connection and gives the message up [MQB-156]', async () => {
  const plate = simulatedDisk({ random: seeded(1) });
  const spool = diskSpool({ dir: '/spool' }, { disk: plate.mount() });
  await spool.start(new AbortController().signal);
  const world = await openWorld({ spool, limits });
  const client = await world.join('c', { version: 5 });
  const publish = wire.publish({ version: 5, topic: 'a', payload: text, qos: 1 });
  plate.fail('write', 'ENOSPC', 1);
  await send(client, publish);
  assert.deepEqual([client.take()[0]?.code, spool.sizeBytes], [0x97, 0]);
  const hearing = { version: 5 as const, clean: false, properties: [wire.property(0x11, wire.u32(60))] };
  const hearer = await world.join('hearer', hearing);
  await hearer.send(wire.subscribe([['a', 1]], { version: 5 }));
  plate.fail('read', 'EIO', 1, 1);
  await send(client, publish, wire.publish({ version: 5, topic: 'a', payload: 'behind', qos: 1, id: 2 }));
  assert.deepEqual(
    client.take().map(({ code }) => code),
    [0, 0],
  );
  assert.equal(hearer.ended, true);
  const back = await world.join('hearer', hearing);
  await arrive();
  assert.deepEqual(
    back.take('publish').map(({ payload }) => payload),
    ['behind'],
  );
  assert.deepEqual([world.metrics.dropped.value('unreadable'), spool.sizeBytes], [1, 0]);
  await world.broker.stop();
});
