import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from './support/clock.ts';
import { house } from './support/durable.ts';
import { modelClient } from './support/model-client.ts';
import * as wire from './support/wire.ts';

const keptFor = (seconds: number) => [wire.property(0x11, wire.u32(seconds))];
const expiresIn = (seconds: number) => [wire.property(2, wire.u32(seconds))];

test('durable: retained messages survive a power cut as they were acknowledged, and what was cleared stays so [MQB-106]', async () => {
  const home = house();
  await home.begin();
  const client = await home.dial({ clientId: 'c', version: 5 });
  const put = (topic: string, payload: string, id: number) =>
    wire.publish({
      version: 5,
      topic,
      payload,
      qos: 1,
      retain: true,
      id,
      properties: [wire.property(3, wire.field('text'))],
    });
  await client.send(put('a', '1', 1), put('b', '1', 2), put('c', '1', 3), put('a', '2', 4), put('b', '', 5));
  assert.equal(client.take('puback').length, 5);
  home.broker.publish({ topic: '$SYS/uptime', payload: '1', retain: true });
  home.cut();
  await home.begin();
  const late = await home.dial({ clientId: 'd', version: 5 });
  await late.send(wire.subscribe([['#', 1]], { version: 5 }), wire.subscribe([['$SYS/#', 1]], { version: 5 }));
  assert.deepEqual(
    late.take('publish').map(({ topic, payload, retain, properties }) => [topic, payload, retain, properties]),
    [
      ['a', '2', true, { contentType: 'text' }],
      ['c', '1', true, { contentType: 'text' }],
    ],
  );
});

test('durable: sessions and messages expire on time although the wall clock is set while the broker runs or is down [MQB-109]', async () => {
  for (const [running, down] of [
    [0, 0],
    [86_400_000, 0],
    [-86_400_000, 0],
    [0, -86_400_000],
  ] as const) {
    const home = house();
    await home.begin();
    const client = await home.dial({ clientId: 'c', version: 5, clean: false, properties: keptFor(100) });
    await client.send(wire.subscribe([['a', 1]], { version: 5 }), wire.disconnect());
    const sender = await home.dial({ clientId: 's', version: 5 });
    for (const [index, seconds] of [20, 60].entries())
      await sender.send(
        wire.publish({
          version: 5,
          topic: 'a',
          payload: `${seconds}`,
          qos: 1,
          id: index + 1,
          properties: expiresIn(seconds),
        }),
      );
    await home.clock.advance(5_000);
    home.clock.jump(running);
    await home.clock.advance(1_000);
    home.cut();
    home.clock.jump(down);
    await home.clock.advance(24_000);
    await home.begin();
    const back = await home.dial({ clientId: 'c', version: 5, clean: false, properties: keptFor(100) });
    const [connack, ...found] = back.take();
    assert.equal(connack?.present, true);
    const left = found.map(({ payload, properties }) => [payload, properties?.['messageExpiry']]);
    // A clock that was set back while nobody looked can make nothing older, and nothing last longer than it was to.
    assert.deepEqual(
      left,
      down < 0
        ? [
            ['20', 20],
            ['60', 60],
          ]
        : [['60', 30]],
    );
    await back.send(wire.disconnect());
    home.kill();
    await home.begin();
    await home.clock.advance(99_000);
    assert.deepEqual(
      [...home.broker.clients()].map(({ clientId }) => clientId),
      ['c'],
    );
    await home.clock.advance(2_000);
    assert.deepEqual([...home.broker.clients()], []);
  }
});

test('durable: a session that expired while the broker was down is over at its start [MQB-109]', async () => {
  const home = house();
  await home.begin();
  const client = await home.dial({ clientId: 'c', version: 5, clean: false, properties: keptFor(10) });
  await client.send(wire.disconnect());
  await home.clock.advance(30);
  home.kill();
  await home.clock.advance(11_000);
  await home.begin();
  const back = await home.dial({ clientId: 'c', version: 5, clean: false, properties: keptFor(10) });
  assert.equal(back.take()[0]?.present, false);
});

test('durable: publishes that no kept session gets and no topic retains cost the store nothing [MQB-105]', async () => {
  const home = house();
  await home.begin();
  const kept = await home.dial({ clientId: 'kept', clean: false });
  await kept.send(wire.subscribe([['other', 1]]));
  const [sender, hearer] = [await home.dial({ clientId: 's' }), await home.dial({ clientId: 'h' })];
  await hearer.send(wire.subscribe([['a', 2]]));
  await home.clock.advance(100);
  hearer.take();
  const calls = home.plate.count('write');
  for (let id = 1; id <= 50; id++) await sender.send(wire.publish({ topic: 'a', qos: 1, id }));
  await sender.send(wire.publish({ topic: 'a', qos: 2, id: 51 }), wire.pubrel(51));
  assert.equal(home.store.commit(), undefined);
  await home.clock.advance(100);
  assert.deepEqual([hearer.take('publish').length, home.plate.count('write') - calls], [51, 0]);
});

test('durable: a message for a thousand absent sessions is written once [MQB-110]', async () => {
  const home = house();
  await home.begin();
  for (let n = 0; n < 1_000; n++) {
    const client = await home.dial({ clientId: `c${n}`, clean: false });
    client.stream.write(Buffer.concat([wire.subscribe([['a', 1]]), wire.disconnect()]));
  }
  await home.clock.advance(100);
  const before = home.store.sizeBytes;
  const sender = await home.dial({ clientId: 's' });
  await sender.send(wire.publish({ topic: 'a', qos: 1, payload: Buffer.alloc(100_000, 1) }));
  await home.clock.advance(100);
  assert.equal(sender.take('puback').length, 1);
  assert.ok(home.store.sizeBytes - before < 140_000, `${home.store.sizeBytes - before} bytes`);
});

test('durable: what is on disk stays in proportion to what is live, and a start reads no more than that [MQB-111]', async () => {
  const home = house({ checkpointMin: 20_000 });
  await home.begin();
  const sender = await home.dial({ clientId: 's', version: 5 });
  let largest = 0;
  for (let n = 0; n < 600; n++) {
    const payload = `${n}`.padEnd(500, '.');
    await sender.send(
      wire.publish({ version: 5, topic: `r/${n % 20}`, payload, qos: 1, retain: true, id: 1 + (n % 1_000) }),
    );
    await home.clock.advance(1);
    largest = Math.max(largest, home.store.sizeBytes);
  }
  assert.equal(sender.take('puback').length, 600);
  assert.ok(largest < 120_000, `${largest} bytes for 11 000 that are live, of 330 000 written`);
  home.cut();
  await home.begin();
  const late = await home.dial({ clientId: 'd' });
  await late.send(wire.subscribe([['r/#', 0]]));
  const found = late.take('publish').map(({ payload }) => Number.parseInt(payload!, 10));
  assert.deepEqual(
    found.toSorted((one, other) => one - other),
    Array.from({ length: 20 }, (_, n) => 580 + n),
  );
});

test('durable: while the disk refuses nothing is confirmed; then all goes on, in order, without loss [MQB-112]', async () => {
  const home = house();
  await home.begin();
  const hearer = modelClient('h', 5, (fields) => home.dial(fields));
  const sender = modelClient('s', 4, (fields) => home.dial(fields));
  for (const one of [hearer, sender]) await one.connect();
  await hearer.subscribe('a', 2);
  const round = async (): Promise<void> => {
    for (let left = 4; left > 0; left--) {
      await settle();
      for (const one of [hearer, sender]) one.handle();
    }
  };
  await round();
  for (const n of [1, 2, 3]) sender.publish('a', `${n}`, 2);
  await round();
  home.plate.fail('write', 'ENOSPC');
  for (const n of [4, 5]) sender.publish('a', `${n}`, 2);
  await round();
  assert.deepEqual([[...sender.acked], sender.ready], [['1', '2', '3'], false]);
  assert.deepEqual((await home.dial({ clientId: 'x', clean: false })).take('connack')[0]?.code, 3);
  home.plate.heal();
  await home.clock.advance(3_000);
  for (const one of [hearer, sender]) if (!one.ready) await one.connect();
  await round();
  home.cut();
  await home.begin();
  for (const one of [hearer, sender]) await one.connect();
  await round();
  await round();
  assert.deepEqual(
    [[...sender.acked], hearer.got.map(({ name }) => name)],
    [
      ['1', '2', '3', '4', '5'],
      ['1', '2', '3', '4', '5'],
    ],
  );
});
