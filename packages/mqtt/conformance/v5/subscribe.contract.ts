import assert from 'node:assert/strict';
import * as wire from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';
import * as property from '../support/properties.ts';

const five = { version: 5 } as const;
const noLocal = 0x04;

export const subscribeCases = cases(5, 'plain', {
  '[MQTT5-3.8.3-2] a SUBSCRIBE without a filter is a protocol error': async (stage) => {
    const client = await stage.join('c');
    client.send(wire.subscribe([], five));
    await client.closes(0x82, 0x81);
  },

  '[MQTT5-3.8.3-3] with No Local a client does not get what it has published itself': async (stage) => {
    const client = await stage.join('c');
    const other = await stage.join('other');
    await client.subscribe(stage.topic, noLocal | 1);
    await client.publish(stage.topic, 'own', { qos: 1 });
    await other.publish(stage.topic, 'other', { qos: 1 });
    assert.equal((await client.accept()).payload, 'other');
    await client.silent();
  },

  '[MQTT5-3.8.3-4] No Local on a shared subscription is a protocol error': async (stage) => {
    const client = await stage.join('c');
    client.send(wire.subscribe([[`$share/g/${stage.topic}`, noLocal]], five));
    await client.closes(0x82, 0x81);
  },

  '[MQTT5-3.8.3-5] reserved bits of the options are malformed': async (stage) => {
    for (const options of [0x40, 0x80, 0xc1]) {
      const client = await stage.join('c');
      client.send(wire.subscribe([[stage.topic, options]], five));
      await client.closes(0x81, 0x82);
    }
  },

  '[MQTT5-4.13.1-1] QoS 3, Retain Handling 3 and subscription identifier 0 end the connection': async (stage) => {
    for (const [options, ...properties] of [
      [0x03],
      [0x30],
      [0, property.subscriptionId(0)],
      [0, property.subscriptionId(1), property.subscriptionId(2)],
    ] as const) {
      const client = await stage.join('c');
      client.send(wire.subscribe([[stage.topic, options]], { ...five, properties }));
      await client.closes(0x81, 0x82);
    }
  },

  '[MQTT5-3.8.4-1] [MQTT5-3.8.4-2] SUBSCRIBE is answered with SUBACK and its packet identifier': async (stage) => {
    const client = await stage.join('c');
    client.send(wire.subscribe([[stage.topic, 0]], { ...five, id: 4_711 }));
    assert.equal((await client.next('suback')).id, 4_711);
  },

  '[MQTT5-3.8.4-3] the same filter replaces the subscription, its QoS and its identifier': async (stage) => {
    const client = await stage.join('c');
    await client.subscribe(stage.topic, 2, [property.subscriptionId(1)]);
    await client.subscribe(stage.topic, 0, [property.subscriptionId(2)]);
    await client.publish(stage.topic, 'x', { qos: 1 });
    const { qos, properties } = await client.next('publish');
    assert.deepEqual([qos, properties?.['subscriptionIds']], [0, [2]]);
    await client.silent();
    await client.unsubscribe(stage.topic);
    await client.publish(stage.topic, 'x', { qos: 1 });
    await client.silent();
  },

  '[MQTT5-3.8.4-5] [MQTT5-3.8.4-6] [MQTT5-3.8.4-7] [MQTT5-3.9.3-1] several filters get one SUBACK with the granted QoS of each':
    async (stage) => {
      const client = await stage.join('c');
      const filters = [2, 0, 1].map((qos) => [`${stage.topic}/${qos}`, qos] as const);
      client.send(wire.subscribe(filters, five));
      assert.deepEqual((await client.next('suback')).codes, [2, 0, 1]);
      for (const qos of [0, 1, 2]) {
        await client.publish(`${stage.topic}/${qos}`, 'x', { qos: 2 });
        assert.equal((await client.accept()).qos, qos);
      }
    },

  '[MQTT5-3.8.4-5] a filter that comes twice in one packet is as two packets: each brings the retained messages':
    async (stage) => {
      const client = await stage.join('c');
      await client.publish(stage.topic, 'x', { qos: 2, retain: true });
      client.send(
        wire.subscribe(
          [0, 1].map((qos) => [stage.topic, qos] as const),
          five,
        ),
      );
      assert.deepEqual((await client.next('suback')).codes, [0, 1]);
      const got = [await client.accept(), await client.accept()];
      assert.deepEqual(
        got.map(({ qos, retain }) => [qos, retain]),
        [
          [0, true],
          [1, true],
        ],
      );
      await client.silent();
    },

  '[MQTT5-3.8.4-5] [MQTT5-3.3.1-10] the second time a filter comes in one packet its subscription exists': async (
    stage,
  ) => {
    const client = await stage.join('c');
    await client.publish(stage.topic, 'x', { qos: 1, retain: true });
    const [never, onlyIfNew] = [0x20, 0x10];
    client.send(
      wire.subscribe(
        [never, onlyIfNew].map((options) => [stage.topic, options] as const),
        five,
      ),
    );
    assert.deepEqual((await client.next('suback')).codes, [0, 0]);
    await client.silent();
  },

  '[MQTT5-3.3.1-9] [MQTT5-3.3.1-12] what a client retains just before it subscribes reaches it once, as retained':
    async (stage) => {
      for (const qos of [0, 1]) {
        const client = await stage.join(`c${qos}`);
        const topic = `${stage.topic}/${qos}`;
        client.send(
          wire.publish({ version: 5, topic, payload: 'x', qos, id: 9, retain: true }),
          wire.subscribe([[topic, 0]], { ...five, id: 2 }),
        );
        assert.equal((await client.find('suback')).id, 2);
        const got = (await client.settled()).filter(({ kind }) => kind === 'publish');
        assert.deepEqual(
          got.map(({ payload, retain }) => [payload, retain]),
          [['x', true]],
        );
      }
    },

  '[MQTT5-3.10.4-2] what a client publishes just before it unsubscribes still reaches it': async (stage) => {
    const client = await stage.join('c');
    await client.subscribe(stage.topic);
    client.send(
      wire.publish({ version: 5, topic: stage.topic, payload: 'x' }),
      wire.unsubscribe([stage.topic], 5, 2),
      wire.publish({ version: 5, topic: stage.topic, payload: 'y' }),
    );
    assert.equal((await client.next('publish')).payload, 'x');
    assert.equal((await client.next('unsuback')).id, 2);
    await client.silent();
  },

  '[MQTT5-3.8.4-8] a message goes out with the lower of its own and the granted QoS': async (stage) => {
    const client = await stage.join('c');
    for (const granted of [0, 1, 2]) {
      await client.subscribe(stage.topic, granted);
      for (const qos of [0, 1, 2]) {
        await client.publish(stage.topic, 'x', { qos });
        assert.equal((await client.accept()).qos, Math.min(qos, granted));
      }
    }
  },

  '[MQTT5-3.3.4-2] [MQTT5-3.3.4-3] [MQTT5-3.3.4-4] [MQTT5-3.3.4-5] overlapping subscriptions: the highest QoS, and every identifier':
    async (stage) => {
      const client = await stage.join('c');
      await client.subscribe(`${stage.topic}/#`, 0, [property.subscriptionId(1)]);
      await client.subscribe(`${stage.topic}/+`, 2, [property.subscriptionId(268_435_455)]);
      await client.subscribe(`${stage.topic}/a`, 1);
      await client.publish(`${stage.topic}/a`, 'x', { qos: 2 });
      // A server may send one copy or one for each subscription.
      const got = (await client.settled()).filter(({ kind }) => kind === 'publish');
      assert.equal(Math.max(...got.map(({ qos }) => qos!)), 2);
      const ids = got.flatMap(({ properties }) => (properties?.['subscriptionIds'] as number[] | undefined) ?? []);
      assert.deepEqual(
        ids.toSorted((a, b) => a - b),
        [1, 268_435_455],
      );
    },

  '[MQTT5-3.10.3-2] an UNSUBSCRIBE without a filter is a protocol error': async (stage) => {
    const client = await stage.join('c');
    client.send(wire.unsubscribe([], 5));
    await client.closes(0x82, 0x81);
  },

  '[MQTT5-3.10.4-1] [MQTT5-3.10.4-2] a filter is removed by its very characters, and brings nothing new': async (
    stage,
  ) => {
    const client = await stage.join('c');
    await client.subscribe(`${stage.topic}/+`, 1);
    for (const filter of [`${stage.topic}/a`, `${stage.topic}/#`, `${stage.topic}/+/`])
      await client.unsubscribe(filter);
    await client.publish(`${stage.topic}/a`, 'still', { qos: 1 });
    assert.equal((await client.accept()).payload, 'still');
    await client.unsubscribe(`${stage.topic}/+`);
    await client.publish(`${stage.topic}/a`, 'no more', { qos: 1 });
    await client.silent();
  },

  '[MQTT5-3.10.4-3] what was under way when a filter was removed is completed': async (stage) => {
    const client = await stage.join('c', { properties: [property.sessionExpiry(60)] });
    await client.subscribe(stage.topic, 2);
    await client.publish(stage.topic, 'x', { qos: 2 });
    const { id } = await client.next('publish');
    await client.unsubscribe(stage.topic);
    client.cut();
    const again = await stage.join('c', { clean: false });
    const packet = await again.accept();
    assert.deepEqual([packet.id, packet.payload, packet.dup], [id, 'x', true]);
  },

  '[MQTT5-3.10.4-4] [MQTT5-3.10.4-5] UNSUBSCRIBE is answered with its identifier, also when nothing is removed': async (
    stage,
  ) => {
    const client = await stage.join('c');
    client.send(wire.unsubscribe([`${stage.topic}/nothing`], 5, 4_711));
    const { id, codes } = await client.next('unsuback');
    assert.deepEqual([id, codes], [4_711, [0x11]]);
  },

  '[MQTT5-3.10.4-6] [MQTT5-3.11.3-1] [MQTT5-3.11.3-2] several filters get one UNSUBACK with a code for each, in order':
    async (stage) => {
      const client = await stage.join('c');
      for (const name of ['a', 'b']) await client.subscribe(`${stage.topic}/${name}`);
      client.send(
        wire.unsubscribe(
          ['x', 'a', 'y', 'b', 'a'].map((name) => `${stage.topic}/${name}`),
          5,
        ),
      );
      assert.deepEqual((await client.next('unsuback')).codes, [0x11, 0, 0x11, 0, 0x11]);
      await client.silent();
    },
});
