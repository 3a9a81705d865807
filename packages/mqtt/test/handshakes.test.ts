import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settle } from './support/clock.ts';
import * as wire from './support/wire.ts';
import { manualIntake, openWorld } from './support/world.ts';

const pumpData = (n: number, qos = 1) => wire.publish({ topic: 'sensors/pump/data', payload: `${n}`, qos, id: n });

test('handshakes: a version 5 client hears when nobody has subscribed [MQB-20]', async () => {
  const world = await openWorld();
  const client = await world.join('pump', { version: 5 });
  await client.send(wire.publish({ version: 5, topic: 'a', qos: 1, id: 1 }));
  const listener = await world.join('listener');
  await listener.send(wire.subscribe([['a', 0]]));
  await client.send(wire.publish({ version: 5, topic: 'a', qos: 1, id: 2 }));
  assert.deepEqual(
    client.take().map(({ code }) => code),
    [0x10, 0],
  );
  await world.broker.stop();
});

test('handshakes: a QoS 2 message is taken once until it is released [MQB-21] [MQTT-4.3.3-10] [MQTT-4.3.3-11] [MQTT-4.3.3-12]', async () => {
  const intake = manualIntake();
  const world = await openWorld({ intake });
  const client = await world.join('pump', { clean: false });
  await client.send(pumpData(1, 2));
  // A repetition before the commit is answered by it, one after the commit at once.
  await client.send(pumpData(1, 2));
  await intake.settle();
  assert.deepEqual(
    client.take().map(({ kind }) => kind),
    ['pubrec', 'pubrec'],
  );
  client.stream.destroy();
  const again = await world.join('pump', { clean: false });
  await again.send(wire.publish({ topic: 'sensors/pump/data', payload: '1', qos: 2, id: 1, dup: true }));
  assert.deepEqual(
    again.take().map(({ kind }) => kind),
    ['pubrec'],
  );
  await again.send(wire.pubrel(1), wire.pubrel(1));
  assert.deepEqual(
    again.take().map(({ kind, id }) => [kind, id]),
    [
      ['pubcomp', 1],
      ['pubcomp', 1],
    ],
  );
  assert.equal(intake.taken.length, 1);
  await again.send(pumpData(1, 2));
  assert.equal(intake.taken.length, 2);
  await intake.settle();
  await world.broker.stop();
});

test('handshakes: PUBREL of an unknown packet identifier is completed, and version 5 is told [MQTT-3.7.2-1]', async () => {
  const world = await openWorld();
  const client = await world.join('pump', { version: 5 });
  await client.send(wire.pubrel(77));
  assert.deepEqual(client.take(), [{ kind: 'pubcomp', id: 77, code: 0x92 }]);
  await world.broker.stop();
});

test('handshakes: after PUBACK the same packet identifier is a new message [MQTT-4.3.2-5]', async () => {
  const world = await openWorld();
  const listener = await world.join('listener');
  await listener.send(wire.subscribe([['#', 0]]));
  listener.take();
  const client = await world.join('pump');
  await client.send(pumpData(1));
  await client.send(wire.publish({ topic: 'sensors/pump/data', payload: '1', qos: 1, id: 1, dup: true }));
  assert.equal(listener.take('publish').length, 2);
  await world.broker.stop();
});

test('handshakes: the incoming duplicate flag does not travel on [MQTT-3.3.1-3]', async () => {
  const world = await openWorld();
  const listener = await world.join('listener');
  await listener.send(wire.subscribe([['#', 1]]));
  listener.take();
  const client = await world.join('pump');
  await client.send(wire.publish({ topic: 'a', qos: 1, id: 1, dup: true }));
  assert.deepEqual(
    listener.take('publish').map(({ dup }) => dup),
    [false],
  );
  await world.broker.stop();
});

test('handshakes: topics that begin with $ are the server’s: a client is refused [MQB-22]', async () => {
  const intake = manualIntake();
  const world = await openWorld({ intake });
  const listener = await world.join('listener');
  await listener.send(wire.subscribe([['$SYS/#', 1]]));
  listener.take();
  const [newer, older] = [await world.join('newer', { version: 5 }), await world.join('older')];
  await newer.send(wire.publish({ version: 5, topic: '$SYS/load', payload: '1', qos: 1 }));
  await older.send(wire.publish({ topic: '$SYS/load', payload: '1', qos: 1 }));
  assert.deepEqual(
    newer.take().map(({ code }) => code),
    [0x87],
  );
  assert.deepEqual(
    older.take().map(({ kind, code }) => [kind, code]),
    [['puback', 0]],
  );
  assert.deepEqual([intake.taken, listener.take()], [[], []]);
  world.broker.publish({ topic: '$SYS/load', payload: '2' });
  await settle();
  assert.deepEqual(
    listener.take().map(({ payload }) => payload),
    ['2'],
  );
  await world.broker.stop();
});

test('handshakes: a version 5 client with more unacknowledged publishes than it was told is closed [MQB-23] [MQTT-3.3.4-7]', async () => {
  const intake = manualIntake();
  const world = await openWorld({ intake, limits: { receiveMax: 3 } });
  const client = await world.dial({ version: 5, clientId: 'pump' });
  assert.equal(client.take()[0]?.properties?.['receiveMaximum'], 3);
  const message = (id: number, qos: number) => wire.publish({ version: 5, topic: 'a', qos, id });
  await client.send(message(1, 1), message(2, 2), message(3, 1));
  await intake.settle();
  // The QoS 2 message occupies its place until PUBREL.
  await client.send(message(4, 1), message(5, 1));
  await intake.settle();
  await client.send(wire.pubrel(2), message(6, 1), message(7, 1), message(8, 1));
  await intake.settle();
  assert.deepEqual(
    client.take().map(({ kind, id }) => [kind, id]),
    [
      ...[
        ['puback', 1],
        ['pubrec', 2],
        ['puback', 3],
        ['puback', 4],
        ['puback', 5],
      ],
      ...[
        ['pubcomp', 2],
        ['puback', 6],
        ['puback', 7],
        ['puback', 8],
      ],
    ],
  );
  await client.send(message(9, 1), message(10, 1), message(11, 1), message(12, 1));
  assert.deepEqual(
    client.take().map(({ kind, code }) => [kind, code]),
    [['disconnect', 0x93]],
  );
  await intake.settle();
  await world.broker.stop();
});

test('handshakes: a topic alias stands for its topic on this connection only [MQTT-3.3.2-7] [MQTT-3.3.2-12]', async () => {
  const world = await openWorld({ limits: { topicAliasMax: 2 } });
  const listener = await world.join('listener', { version: 5 });
  await listener.send(wire.subscribe([['#', 0]], { version: 5 }));
  listener.take();
  const alias = (value: number) => [wire.property(0x23, wire.u16(value))];
  const client = await world.dial({ version: 5, clientId: 'pump' });
  assert.equal(client.take()[0]?.properties?.['topicAliasMaximum'], 2);
  const publish = (topic: string, value: number, payload: string) =>
    wire.publish({ version: 5, topic, payload, properties: alias(value) });
  await client.send(publish('long/topic', 2, '1'), publish('', 2, '2'), publish('other', 2, '3'), publish('', 2, '4'));
  assert.deepEqual(
    listener.take('publish').map(({ topic, payload, properties }) => [topic, payload, properties]),
    [
      ['long/topic', '1', {}],
      ['long/topic', '2', {}],
      ['other', '3', {}],
      ['other', '4', {}],
    ],
  );
  const next = await world.join('pump', { version: 5 });
  await next.send(publish('', 2, '5'));
  assert.deepEqual(
    next.take().map(({ code }) => code),
    [0x82],
  );
  for (const wrong of [0, 3]) {
    const bold = await world.join('bold', { version: 5 });
    await bold.send(publish('a', wrong, '6'));
    assert.deepEqual(
      bold.take().map(({ code }) => code),
      [0x94],
    );
  }
  await world.broker.stop();
});

test('handshakes: PINGREQ is answered, also while the commit of others is under way [MQTT-3.12.4-1] [MQTT-4.9.0-3]', async () => {
  const intake = manualIntake();
  const world = await openWorld({ intake });
  const [client, other] = [await world.join('pump'), await world.join('other')];
  await other.send(pumpData(1));
  await client.send(wire.pingreq);
  assert.deepEqual(client.take(), [{ kind: 'pingresp' }]);
  await intake.settle();
  await world.broker.stop();
});
