import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { IncomingPublish, Publisher } from '../src/index.ts';
import { settle } from './support/clock.ts';
import * as wire from './support/wire.ts';
import { manualIntake, openWorld } from './support/world.ts';

const pumpData = (n: number, qos = 1) => wire.publish({ topic: 'sensors/pump/data', payload: `${n}`, qos, id: n });

test('publishing: no acknowledgement leaves before the commit has settled [MQB-10] [MQTT-4.3.2-4] [MQTT-4.3.3-8]', async () => {
  const intake = manualIntake();
  const world = await openWorld({ intake });
  const client = await world.join('pump');
  await client.send(pumpData(1), pumpData(2, 2));
  assert.deepEqual(client.take(), []);
  await intake.settle();
  assert.deepEqual(client.take(), [
    { kind: 'puback', id: 1, code: 0 },
    { kind: 'pubrec', id: 2, code: 0 },
  ]);
  await world.broker.stop();
});

test('publishing: what one turn brings is one commit, and one write of acknowledgements for each connection [MQB-11]', async () => {
  const intake = manualIntake();
  const world = await openWorld({ intake });
  const [one, other] = [await world.join('one'), await world.join('other')];
  const [oneWrites, otherWrites] = [one.writes, other.writes];
  one.stream.write(Buffer.concat([1, 2, 3, 4, 5].map((n) => pumpData(n))));
  other.stream.write(Buffer.concat([6, 7].map((n) => pumpData(n))));
  await settle();
  assert.equal(intake.taken.length, 7);
  assert.equal(intake.commits.length, 1);
  await intake.settle();
  assert.deepEqual(
    one.take().map((packet) => packet.id),
    [1, 2, 3, 4, 5],
  );
  assert.deepEqual(
    other.take().map((packet) => packet.id),
    [6, 7],
  );
  assert.deepEqual([one.writes - oneWrites, other.writes - otherWrites], [1, 1]);
  await world.broker.stop();
});

test('publishing: one commit is under way at a time; what comes meanwhile is the next one [MQB-12]', async () => {
  const intake = manualIntake();
  const world = await openWorld({ intake });
  const client = await world.join('pump');
  await client.send(pumpData(1));
  await client.send(pumpData(2));
  await client.send(pumpData(3));
  assert.equal(intake.commits.length, 1);
  await intake.settle();
  assert.deepEqual(
    client.take().map((packet) => packet.id),
    [1],
  );
  assert.equal(intake.commits.length, 1);
  await intake.settle();
  assert.deepEqual(
    client.take().map((packet) => packet.id),
    [2, 3],
  );
  await world.broker.stop();
});

test('publishing: subscribers get a message after its commit, also with QoS 0 [MQB-13] [MQTT-4.3.1-1]', async () => {
  const intake = manualIntake();
  const world = await openWorld({ intake });
  const listener = await world.join('listener');
  await listener.send(wire.subscribe([['#', 2]]));
  listener.take();
  const client = await world.join('pump');
  await client.send(pumpData(1), pumpData(2, 0));
  assert.deepEqual(listener.take(), []);
  await intake.settle();
  assert.deepEqual(
    listener.take('publish').map(({ payload, qos }) => [payload, qos]),
    [
      ['1', 1],
      ['2', 0],
    ],
  );
  await world.broker.stop();
});

test('publishing: a refused commit is neither acknowledged nor routed, and the clients are to send again [MQB-14]', async () => {
  const intake = manualIntake();
  const world = await openWorld({ intake });
  const listener = await world.join('listener');
  await listener.send(wire.subscribe([['#', 2]]));
  listener.take();
  const newer = await world.join('newer', { version: 5, properties: [wire.property(0x11, wire.u32(60))] });
  const older = await world.join('older', { clean: false });
  newer.stream.write(wire.publish({ version: 5, topic: 'a', payload: 'x', qos: 2, id: 9 }));
  await older.send(wire.publish({ topic: 'b', payload: 'y', qos: 1, id: 4 }));
  await intake.settle(new Error('the disk is full'));
  assert.deepEqual(
    newer.take().map(({ kind, code }) => [kind, code]),
    [['disconnect', 0x97]],
  );
  assert.deepEqual([older.take(), older.ended, newer.ended], [[], true, true]);
  assert.deepEqual(listener.take(), []);
  assert.equal(world.metrics.dropped.value('commit-refused'), 2);

  const again = await world.join('newer', {
    version: 5,
    clean: false,
    properties: [wire.property(0x11, wire.u32(60))],
  });
  await again.send(wire.publish({ version: 5, topic: 'a', payload: 'x', qos: 2, id: 9, dup: true }));
  await intake.settle();
  assert.deepEqual(
    again.take().map(({ kind, id }) => [kind, id]),
    [['pubrec', 9]],
  );
  assert.deepEqual(
    listener.take('publish').map(({ payload }) => payload),
    ['x'],
  );
  assert.deepEqual(intake.taken, ['a x', 'b y', 'a x']);
  await world.broker.stop();
});

test('publishing: a client that came back before its commit was refused gets no acknowledgement either [MQB-14]', async () => {
  const intake = manualIntake();
  const world = await openWorld({ intake });
  const first = await world.join('pump', { clean: false });
  await first.send(pumpData(1, 2));
  first.stream.destroy();
  const second = await world.join('pump', { clean: false });
  await second.send(wire.publish({ topic: 'sensors/pump/data', payload: '1', qos: 2, id: 1, dup: true }));
  assert.equal(intake.taken.length, 1);
  await intake.settle(new Error('the disk is full'));
  assert.deepEqual([second.take(), second.ended], [[], true]);
  await world.broker.stop();
});

test('publishing: a version 5 client is told why its publish is refused; version 4 is acknowledged, not routed [MQB-15] [MQTT-3.4.2-1] [MQTT-3.5.2-1]', async () => {
  const intake = { take: () => 0x99, commit: () => Promise.resolve() };
  const world = await openWorld({ intake });
  const listener = await world.join('listener');
  await listener.send(wire.subscribe([['#', 2]]));
  listener.take();
  const newer = await world.join('newer', { version: 5 });
  await newer.send(wire.publish({ version: 5, qos: 1, id: 1 }), wire.publish({ version: 5, qos: 2, id: 2 }));
  assert.deepEqual(
    newer.take().map(({ kind, code }) => [kind, code]),
    [
      ['puback', 0x99],
      ['pubrec', 0x99],
    ],
  );
  const older = await world.join('older');
  await older.send(wire.publish({ qos: 1, id: 1 }), wire.publish({ qos: 2, id: 2 }), wire.publish());
  assert.deepEqual(
    older.take().map(({ kind, code }) => [kind, code]),
    [
      ['puback', 0],
      ['pubrec', 0],
    ],
  );
  assert.deepEqual(listener.take(), []);
  assert.equal(world.metrics.refused.value('payload-format-invalid'), 5);
  await world.broker.stop();
});

test('publishing: after a refusing PUBREC the packet identifier is free again [MQTT-4.3.3-9]', async () => {
  let verdict = 0x97;
  const world = await openWorld({ intake: { take: () => verdict, commit: () => Promise.resolve() } });
  const client = await world.join('pump', { version: 5 });
  await client.send(wire.publish({ version: 5, qos: 2, id: 2 }));
  verdict = 0;
  await client.send(wire.publish({ version: 5, qos: 2, id: 2 }));
  assert.deepEqual(
    client.take().map(({ kind, code }) => [kind, code]),
    [
      ['pubrec', 0x97],
      ['pubrec', 0x10],
    ],
  );
  await world.broker.stop();
});

test('publishing: when the quota is exceeded a version 4 client is closed unacknowledged, so that it sends again [MQB-16]', async () => {
  const world = await openWorld({ intake: { take: () => 0x97, commit: () => Promise.resolve() } });
  const client = await world.join('pump');
  await client.send(wire.publish({ qos: 0 }));
  assert.equal(client.ended, false);
  await client.send(pumpData(1));
  assert.deepEqual([client.take(), client.ended], [[], true]);
  await world.broker.stop();
});

test('publishing: an intake that throws costs that connection and no other [MQB-17]', async () => {
  const intake = manualIntake((topic) => {
    if (topic === 'bad') throw new Error('a bug');
    return 0;
  });
  const world = await openWorld({ intake });
  const [good, bad] = [await world.join('good'), await world.join('bad', { version: 5 })];
  good.stream.write(wire.publish({ topic: 'good', qos: 1 }));
  await bad.send(wire.publish({ version: 5, topic: 'bad', qos: 1 }));
  await intake.settle();
  assert.deepEqual(
    bad.take().map(({ kind, code }) => [kind, code]),
    [['disconnect', 0x83]],
  );
  assert.deepEqual(
    good.take().map(({ kind }) => kind),
    ['puback'],
  );
  assert.equal(
    world.logged.filter(([level, event]) => level === 'error' && event === 'mqtt.connection.failed').length,
    1,
  );
  await world.broker.stop();
});

test('publishing: a client whose uncommitted bytes reach the bound is not read until the commit [MQB-18]', async () => {
  const intake = manualIntake();
  const world = await openWorld({ intake, limits: { uncommittedMax: 1_000 } });
  const client = await world.join('pump');
  const other = await world.join('other');
  const payload = Buffer.alloc(1_100);
  await client.send(wire.publish({ topic: 'a', payload, qos: 1, id: 1 }));
  await client.send(wire.publish({ topic: 'a', payload, qos: 1, id: 2 }));
  await other.send(wire.publish({ topic: 'b', qos: 1, id: 3 }));
  assert.equal(intake.taken.length, 2);
  await intake.settle();
  assert.equal(intake.taken.length, 3);
  assert.deepEqual(
    client.take().map(({ id }) => id),
    [1],
  );
  await intake.settle();
  await intake.settle();
  assert.deepEqual(
    client.take().map(({ id }) => id),
    [2],
  );
  assert.deepEqual(
    other.take().map(({ id }) => id),
    [3],
  );
  await world.broker.stop();
});

test('publishing: the intake sees who publishes and all that the packet says, in one object used again [MQB-19]', async () => {
  const seen: [Publisher, IncomingPublish, object][] = [];
  const intake = {
    take(publisher: Publisher, publish: IncomingPublish) {
      seen.push([
        publisher,
        { ...publish, bytes: Buffer.from(publish.bytes.subarray(publish.start, publish.end)) },
        publish,
      ]);
      return 0;
    },
    commit: () => Promise.resolve(),
  };
  const access = { authenticate: () => ({ ok: true as const, context: { device: 7 } }), authorize: () => true };
  const world = await openWorld({ intake, access });
  const client = await world.join('pump', { version: 5, username: 'u' });
  await client.send(
    wire.publish({
      version: 5,
      topic: 'a/b',
      payload: 'x',
      qos: 1,
      retain: true,
      dup: true,
      properties: [wire.property(3, wire.field('json'))],
    }),
    wire.publish({ version: 5, topic: 'c', payload: 'yz' }),
  );
  const [[publisher, first, one], [again, second, other]] = [seen[0]!, seen[1]!];
  assert.equal(publisher, again);
  assert.equal(one, other);
  assert.deepEqual(
    [publisher.clientId, publisher.username, publisher.protocol, publisher.secure, publisher.context],
    ['pump', 'u', 5, false, { device: 7 }],
  );
  assert.deepEqual(
    [first.topic, first.bytes.toString(), first.qos, first.retain, first.duplicate, first.properties],
    ['a/b', 'x', 1, true, true, { contentType: 'json' }],
  );
  assert.deepEqual(
    [second.topic, second.bytes.toString(), second.qos, second.retain, second.duplicate, second.properties],
    ['c', 'yz', 0, false, false, undefined],
  );
  await world.broker.stop();
});
