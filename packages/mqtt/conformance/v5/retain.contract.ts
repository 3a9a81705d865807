import assert from 'node:assert/strict';
import * as wire from '../../test/support/wire.ts';
import { cases, type Stage } from '../support/case.ts';
import type { Client } from '../support/client.ts';
import * as property from '../support/properties.ts';

const retain = { qos: 1, retain: true } as const;
/** Bits of the options byte. */
const handling = (value: 0 | 1 | 2): number => value << 4;
const asPublished = 0x08;

/** What a new client gets when it subscribes to all topics of the case. */
async function kept(stage: Stage): Promise<Record<string, string>> {
  const reader = await stage.join('reader');
  await reader.subscribe(`${stage.topic}/#`);
  const packets = await reader.settled();
  for (const packet of packets) assert.equal(packet.retain, true);
  return Object.fromEntries(packets.map(({ topic, payload }) => [topic!.slice(stage.topic.length + 1), payload!]));
}

async function publisher(
  stage: Stage,
): Promise<(name: string, payload: string, fields?: wire.PublishFields) => Promise<void>> {
  const client = await stage.join('publisher');
  return async (name, payload, fields = retain) => {
    await client.publish(`${stage.topic}/${name}`, payload, fields);
  };
}

const payloads = async (client: Client): Promise<(string | undefined)[]> =>
  (await client.settled()).map(({ payload }) => payload);

export const retainCases = cases(5, 'plain', {
  '[MQTT5-3.3.1-5] the last message with RETAIN is kept for each topic, with all that describes it': async (stage) => {
    const publish = await publisher(stage);
    await publish('a', 'old');
    await publish('a', 'new');
    await publish('b', 'other', { qos: 0, retain: true, properties: [property.userProperty('unit', 'bar')] });
    assert.deepEqual(await kept(stage), { a: 'new', b: 'other' });
    const reader = await stage.join('reader');
    await reader.subscribe(`${stage.topic}/b`);
    assert.deepEqual((await reader.next('publish')).properties, { userProperties: [['unit', 'bar']] });
  },

  '[MQTT5-3.3.1-6] [MQTT5-3.3.1-7] an empty message with RETAIN removes what is kept, and is not kept': async (
    stage,
  ) => {
    const publish = await publisher(stage);
    const live = await stage.join('live');
    await publish('a', 'x');
    await live.subscribe(`${stage.topic}/a`, handling(2));
    await publish('a', '');
    await publish('never', '');
    assert.deepEqual(await payloads(live), ['']);
    assert.deepEqual(await kept(stage), {});
  },

  '[MQTT5-3.3.1-8] a message without RETAIN is not kept, and changes nothing of what is': async (stage) => {
    const publish = await publisher(stage);
    await publish('a', 'kept');
    await publish('a', 'passing', { qos: 1 });
    await publish('a', '', { qos: 1 });
    await publish('b', 'passing', { qos: 1 });
    assert.deepEqual(await kept(stage), { a: 'kept' });
  },

  '[MQTT5-3.3.1-9] [MQTT5-3.8.4-4] with Retain Handling 0 each SUBSCRIBE brings them': async (stage) => {
    const publish = await publisher(stage);
    await publish('a', '1');
    await publish('b', '2');
    const client = await stage.join('c');
    for (const _ of [1, 2]) {
      await client.subscribe(`${stage.topic}/+`, handling(0));
      assert.deepEqual(new Set(await payloads(client)), new Set(['1', '2']));
    }
  },

  '[MQTT5-3.3.1-10] with Retain Handling 1 only a new subscription brings them': async (stage) => {
    const publish = await publisher(stage);
    await publish('a', '1');
    const client = await stage.join('c');
    await client.subscribe(`${stage.topic}/+`, handling(1));
    assert.deepEqual(await payloads(client), ['1']);
    await client.subscribe(`${stage.topic}/+`, handling(1) | 1);
    await client.silent();
    await client.unsubscribe(`${stage.topic}/+`);
    await client.subscribe(`${stage.topic}/+`, handling(1));
    assert.deepEqual(await payloads(client), ['1']);
  },

  '[MQTT5-3.3.1-11] with Retain Handling 2 none come': async (stage) => {
    const publish = await publisher(stage);
    await publish('a', '1');
    const client = await stage.join('c');
    await client.subscribe(`${stage.topic}/+`, handling(2));
    await client.silent();
    await publish('a', '2');
    assert.deepEqual(await payloads(client), ['2']);
  },

  '[MQTT5-3.3.1-12] without Retain As Published live messages have RETAIN 0': async (stage) => {
    const publish = await publisher(stage);
    const client = await stage.join('c');
    await client.subscribe(`${stage.topic}/+`, 1);
    for (const flag of [true, false]) {
      await publish('a', 'x', { qos: 1, retain: flag });
      assert.equal((await client.accept()).retain, false);
    }
  },

  '[MQTT5-3.3.1-13] with Retain As Published live messages have the RETAIN they came with': async (stage) => {
    const publish = await publisher(stage);
    const client = await stage.join('c');
    await client.subscribe(`${stage.topic}/+`, asPublished | 1);
    for (const flag of [true, false]) {
      await publish('a', 'x', { qos: 1, retain: flag });
      assert.equal((await client.accept()).retain, flag);
    }
  },

  '[MQTT5-3.3.1-5] a retained message comes with the lower of its QoS and that of the subscription': async (stage) => {
    const publish = await publisher(stage);
    await publish('a', 'x', { qos: 1, retain: true });
    const client = await stage.join('c');
    for (const [granted, got] of [
      [0, 0],
      [1, 1],
      [2, 1],
    ] as const) {
      await client.subscribe(`${stage.topic}/a`, granted);
      assert.equal((await client.accept()).qos, got);
    }
  },

  '[MQTT5-3.8.4-4] replacing a subscription loses no message': async (stage) => {
    const listener = await stage.join('listener');
    const client = await stage.join('c');
    await listener.subscribe(`${stage.topic}/a`, 1);
    const numbers = Array.from({ length: 40 }, (_, n) => `${n}`);
    for (const [n, payload] of numbers.entries()) {
      client.send(wire.publish({ version: 5, topic: `${stage.topic}/a`, payload, qos: 1, id: n + 1 }));
      listener.send(wire.subscribe([[`${stage.topic}/a`, 1]], { version: 5, id: n + 1 }));
    }
    for (const payload of numbers) {
      const packet = await listener.find('publish');
      listener.send(wire.puback(packet.id!));
      assert.equal(packet.payload, payload);
    }
  },
});
