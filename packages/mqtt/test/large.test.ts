import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memorySpool, type Spool } from '../src/index.ts';
import { settle } from './support/clock.ts';
import * as wire from './support/wire.ts';
import { openWorld, type Peer, type World, type WorldOptions } from './support/world.ts';

const from = 2_000;
const size = 300_000;
/** No piece of it is like another. */
const text = Array.from({ length: size / 10 }, (_, at) => `${at}`.padStart(9, '.'))
  .join(' ')
  .padEnd(size, '!');

interface LargeWorld extends World {
  readonly spool: Spool;
}

async function open({ limits, ...lent }: WorldOptions = {}): Promise<LargeWorld> {
  const spool = lent.spool ?? memorySpool();
  const world = await openWorld({ spool, limits: { spoolFrom: from, ...limits }, ...lent });
  return Object.assign(world, { spool });
}

/** Lets a large payload go its way, a piece in each turn. */
const arrive = (): Promise<void> => settle(60);

async function send(peer: Peer, fields: wire.PublishFields, chunkSize = 50_000): Promise<void> {
  const bytes = wire.publish({ topic: 'a', payload: text, ...fields });
  for (let at = 0; at < bytes.length; at += chunkSize) await peer.send(bytes.subarray(at, at + chunkSize));
  await arrive();
}

for (const version of [4, 5] as const) {
  test(`large: a payload in the spool arrives as it was sent, version ${version}, with every QoS, however it is cut [MQB-152]`, async () => {
    const world = await open();
    const hearer = await world.join('hearer', { version });
    await hearer.send(wire.subscribe([['#', 2]], { version }));
    hearer.take();
    const client = await world.join('client', { version });
    for (const qos of [0, 1, 2]) {
      for (const chunkSize of [1_000_000, 65_536, 1_999]) {
        await send(client, { version, qos, id: 7 }, chunkSize);
        const [got] = hearer.take('publish');
        assert.deepEqual([got?.topic, got?.qos, got?.payload === text], ['a', qos, true]);
        const answer = client.take()[0];
        assert.deepEqual(
          [answer?.kind, answer?.id],
          qos === 0 ? [undefined, undefined] : [qos === 1 ? 'puback' : 'pubrec', 7],
        );
        if (qos === 1) await hearer.send(wire.puback(got!.id!));
        if (qos === 2) {
          await client.send(wire.pubrel(7));
          await hearer.send(wire.pubrec(got!.id!), wire.pubcomp(got!.id!));
          assert.deepEqual([client.take().length, hearer.take().length], [1, 1]);
        }
        assert.equal(world.spool.sizeBytes, 0, 'nobody holds it any more');
      }
    }
    await world.broker.stop();
  });
}

test('large: properties, aliases and subscription identifiers go with it, and its neighbours keep their order [MQB-152]', async () => {
  const world = await open();
  const hearer = await world.join('hearer', { version: 5, properties: [wire.property(0x22, wire.u16(4))] });
  await hearer.send(wire.subscribe([['a', 1]], { version: 5, properties: [wire.property(0x0b, wire.varint(77))] }));
  hearer.take();
  const client = await world.join('client', { version: 5 });
  const properties = [wire.property(0x03, wire.field('text')), wire.property(0x26, wire.field('n'), wire.field('v'))];
  const alias = wire.property(0x23, wire.u16(3));
  await client.send(
    wire.publish({ version: 5, topic: 'a', payload: 'before', qos: 1, id: 1 }),
    wire.publish({ version: 5, topic: 'a', payload: text, qos: 1, id: 2, properties: [...properties, alias] }),
    wire.publish({ version: 5, topic: '', payload: text, qos: 1, id: 3, properties: [alias] }),
    wire.publish({ version: 5, topic: 'a', payload: 'behind', qos: 1, id: 4 }),
    wire.pingreq,
  );
  await settle(200);
  assert.deepEqual(
    client
      .take()
      .filter(({ kind }) => kind === 'puback')
      .map(({ id }) => id),
    [1, 2, 3, 4],
  );
  const got = hearer.take('publish');
  assert.deepEqual(
    got.map(({ payload }) => payload!.length),
    [6, size, size, 6],
  );
  assert.ok(got[1]!.payload === text && got[2]!.payload === text);
  assert.deepEqual(
    got.map(({ topic }) => topic),
    ['a', '', '', ''],
  );
  await world.broker.stop();
});

test('large: retained it comes to later subscribers, until it is replaced, cleared or expired [MQB-152] [MQB-159]', async () => {
  const world = await open();
  const client = await world.join('client', { version: 5 });
  await send(client, { version: 5, retain: true, qos: 1 });
  const hearer = await world.join('hearer');
  await hearer.send(wire.subscribe([['a', 1]]));
  await arrive();
  const [got] = hearer.take('publish');
  assert.deepEqual([got?.retain, got?.payload === text], [true, true]);
  await hearer.send(wire.puback(got!.id!));
  const [shown] = world.broker.retained('#')!.messages;
  assert.deepEqual([shown?.payloadBytes, shown?.preview.length], [size, 0]);
  await send(client, { version: 5, retain: true, qos: 0, payload: text.slice(0, 9_000) });
  assert.equal(world.spool.sizeBytes, 9_000, 'the one before is gone');
  await client.send(wire.publish({ version: 5, retain: true, payload: '' }));
  assert.equal(world.spool.sizeBytes, 0);
  await send(client, { version: 5, retain: true, qos: 0, properties: [wire.property(0x02, wire.u32(10))] });
  assert.equal(world.spool.sizeBytes, size);
  await world.clock.advance(11_000);
  assert.equal(world.spool.sizeBytes, 0);
  await world.broker.stop();
});

test('large: of a shared subscription one member gets it, and another one when that leaves [MQB-152]', async () => {
  const world = await open();
  const members = [];
  for (const id of ['one', 'two']) {
    const member = await world.join(id, { version: 5 });
    await member.send(wire.subscribe([['$share/g/a', 1]], { version: 5 }));
    member.take();
    members.push(member);
  }
  const client = await world.join('client');
  await send(client, { qos: 1 });
  const got = members.map((member) => member.take('publish').length);
  assert.equal(got[0]! + got[1]!, 1);
  const first = got.indexOf(1);
  members[first]!.stream.destroy();
  await arrive();
  const [again] = members[1 - first]!.take('publish');
  assert.equal(again?.payload === text, true);
  await world.broker.stop();
});

test('large: a subscriber that does not take packets of that size is not sent it, and gets what follows [MQB-152]', async () => {
  const world = await open();
  const hearer = await world.join('hearer', { version: 5, properties: [wire.property(0x27, wire.u32(100_000))] });
  await hearer.send(wire.subscribe([['a', 1]], { version: 5 }));
  hearer.take();
  const client = await world.join('client');
  await send(client, { qos: 1 });
  await client.send(wire.publish({ topic: 'a', payload: 'small' }));
  assert.deepEqual(
    hearer.take('publish').map(({ payload }) => payload),
    ['small'],
  );
  assert.deepEqual([world.metrics.dropped.value('too-large'), world.spool.sizeBytes], [1, 0]);
  await world.broker.stop();
});

test('large: it waits in the queue of a client that is away beyond the bounds for memory, and goes with its session [MQB-162] [MQB-159]', async () => {
  const world = await open({ limits: { queuedBytesMax: 1_000, queuedTotalMax: 1_000, retainedBytesMax: 1_000 } });
  const fields = { version: 5 as const, clean: false, properties: [wire.property(0x11, wire.u32(60))] };
  for (const id of ['back', 'lost']) {
    const hearer = await world.join(id, fields);
    await hearer.send(wire.subscribe([['a', 2]], { version: 5 }));
    hearer.stream.destroy();
  }
  const client = await world.join('client');
  await send(client, { qos: 2, retain: true });
  assert.equal(world.spool.sizeBytes, size, 'there once for all');
  const back = await world.join('back', fields);
  await arrive();
  const [got] = back.take('publish');
  assert.deepEqual([got?.qos, got?.payload === text], [2, true]);
  await back.send(wire.pubrec(got!.id!), wire.pubcomp(got!.id!));
  await client.send(wire.publish({ topic: 'a', retain: true }));
  assert.equal(world.spool.sizeBytes, size);
  await world.clock.advance(61_000);
  assert.equal(world.spool.sizeBytes, 0);
  await world.broker.stop();
});

test('large: a trace tells of it with topic and size, in both directions [MQB-125]', async () => {
  const world = await open();
  const client = await world.join('c', { version: 5 });
  await client.send(wire.subscribe([['a', 0]], { version: 5 }));
  const trace = world.broker.trace('c', 60)!;
  await send(client, { version: 5 });
  const told = trace.lines.map((line) => 'packet' in line && [line.kind, line.packet, line.topic, line.payloadBytes]);
  assert.deepEqual(told, [
    ['in', 'PUBLISH', 'a', size],
    ['out', 'PUBLISH', 'a', size],
  ]);
  await world.broker.stop();
});
