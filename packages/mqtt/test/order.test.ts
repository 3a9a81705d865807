import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as wire from './support/wire.ts';
import { manualIntake, openWorld } from './support/world.ts';

const five = { version: 5 } as const;

test('order: PINGRESP waits behind the acknowledgements of what came before it, and for nothing else [MQB-171]', async () => {
  const intake = manualIntake();
  const world = await openWorld({ intake });
  const [client, other] = [await world.join('c'), await world.join('other')];
  await client.send(wire.publish({ qos: 1, id: 1 }), wire.pingreq, wire.publish({ qos: 1, id: 2 }));
  await other.send(wire.pingreq);
  assert.deepEqual([client.take(), other.takeOne()?.kind], [[], 'pingresp']);
  await intake.settle();
  assert.deepEqual(
    client.take().map(({ kind, id }) => [kind, id]),
    [
      ['puback', 1],
      ['pingresp', undefined],
      ['puback', 2],
    ],
  );
  await client.send(wire.pingreq);
  assert.equal(client.takeOne()?.kind, 'pingresp');
  await world.broker.stop();
});

test('order: SUBSCRIBE is taken when what its client published before is routed, and what follows it after that [MQB-170] [MQB-171]', async () => {
  const intake = manualIntake();
  const world = await openWorld({ intake });
  const client = await world.join('c');
  await client.send(
    wire.publish({ topic: 'a', payload: 'before', qos: 1, id: 1 }),
    wire.subscribe([['a', 0]], { id: 2 }),
    wire.publish({ topic: 'a', payload: 'after', qos: 1, id: 3 }),
  );
  await client.send(wire.unsubscribe(['a'], 4, 4), wire.pingreq);
  assert.deepEqual([client.take(), intake.taken], [[], ['a before']]);
  await intake.settle();
  assert.deepEqual(
    client.take().map(({ kind, id }) => [kind, id]),
    [
      ['puback', 1],
      ['suback', 2],
    ],
  );
  assert.deepEqual(intake.taken, ['a before', 'a after']);
  await intake.settle();
  assert.deepEqual(
    client.take().map(({ kind, id, payload }) => [kind, id, payload]),
    [
      ['publish', undefined, 'after'],
      ['puback', 3, undefined],
      ['unsuback', 4, undefined],
      ['pingresp', undefined, undefined],
    ],
  );
  await world.broker.stop();
});

test('order: a client that is closed before its publishes are routed does not subscribe any more [MQB-170]', async () => {
  const intake = manualIntake();
  const world = await openWorld({ intake });
  const kept = { ...five, clean: false, properties: [wire.property(0x11, wire.u32(60))] };
  const client = await world.join('c', kept);
  await client.send(wire.publish({ ...five, topic: 'b', qos: 1 }), wire.subscribe([['a', 0]], five));
  assert.equal(world.broker.kick('c'), true);
  await intake.settle();
  const other = await world.join('other', five);
  await other.send(wire.publish({ ...five, topic: 'a', qos: 1 }));
  await intake.settle();
  assert.deepEqual([other.takeOne()?.code, intake.taken], [0x10, ['b ', 'a ']]);
  await world.broker.stop();
});

test('order: a refusal says why in words, unless the client asked for none or takes no packet that long [MQTT-3.1.2-29] [MQTT-3.4.2-2] [MQTT-3.5.2-2] [MQTT-3.9.2-1] [MQB-172]', async () => {
  const access = {
    authenticate: () => ({ ok: true }) as const,
    authorize: (_client: unknown, _action: string, topic: string) => topic !== 'no',
  };
  const world = await openWorld({ access });
  const ask = async (...properties: readonly Uint8Array[]) => {
    const client = await world.join('c', { ...five, properties });
    for (const qos of [1, 2]) await client.send(wire.publish({ ...five, topic: 'no', qos, id: qos }));
    await client.send(
      wire.subscribe(
        ['yes', 'no', 'yes'].map((filter) => [filter, 0] as const),
        five,
      ),
    );
    await client.send(wire.subscribe([['yes', 0]], five));
    return client
      .take()
      .map((packet) => [packet.kind, packet.codes ?? packet.code, packet.properties?.['reasonString']]);
  };
  const plain = [
    ['puback', 0x87, undefined],
    ['pubrec', 0x87, undefined],
    ['suback', [0, 0x87, 0], undefined],
    ['suback', [0], undefined],
  ];
  const why = ['publishing to this topic is not allowed', 'publishing to this topic is not allowed'];
  const words = [...why, 'filter 2: not-authorized', undefined];
  assert.deepEqual(
    await ask(),
    plain.map(([kind, code], at) => [kind, code, words[at]]),
  );
  assert.deepEqual(await ask(wire.property(0x17, wire.u8(0))), plain);
  assert.deepEqual(await ask(wire.property(0x27, wire.u32(30))), plain);
  await world.broker.stop();
});
