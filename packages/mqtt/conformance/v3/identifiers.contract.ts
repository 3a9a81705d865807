import assert from 'node:assert/strict';
import { pubcomp, publish, pubrec, pubrel, subscribe, unsubscribe } from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';
import { closes, heard } from './conversation.ts';

/** The ends of the range, and one with two different bytes. */
const some = [1, 0x0201, 0xffff];

export const identifiersCases = cases(4, 'plain', {
  '[MQTT3-2.3.1-1] a PUBLISH above QoS 0 with packet identifier 0 ends the connection': (stage) =>
    closes(stage, publish({ qos: 1, id: 0 }), publish({ qos: 2, id: 0 })),

  '[MQTT3-2.3.1-1] a SUBSCRIBE with packet identifier 0 ends the connection': (stage) =>
    closes(stage, subscribe([['a', 0]], { id: 0 })),

  '[MQTT3-2.3.1-1] an UNSUBSCRIBE with packet identifier 0 ends the connection': (stage) =>
    closes(stage, unsubscribe(['a'], 4, 0)),

  '[MQTT3-2.3.1-4] messages under way to a client have packet identifiers of their own, none of them 0': async (
    stage,
  ) => {
    const [publisher, subscriber] = [await stage.join('p'), await stage.join('s')];
    await subscriber.subscribe(`${stage.topic}/#`, 2);
    for (let n = 0; n < 12; n++) await publisher.publish(`${stage.topic}/${n % 3}`, `${n}`, { qos: 1 + (n % 2) });
    const ids = (await subscriber.settled()).map(({ id }) => id);
    assert.equal(ids.length, 12);
    assert.equal(new Set(ids).size, 12);
    assert.ok(!ids.includes(0));
  },

  '[MQTT3-2.3.1-5] a QoS 0 PUBLISH has no packet identifier, in either direction': async (stage) => {
    const client = await stage.join('c');
    await client.subscribe(stage.topic, 0);
    await client.publish(stage.topic, '\x00\x01payload');
    await client.publish(stage.topic, '\x00\x02payload', { qos: 1 });
    const got = await heard(client, client);
    assert.deepEqual(
      got.map(({ payload, id }) => [payload, id]),
      [
        ['\x00\x01payload', undefined],
        ['\x00\x02payload', undefined],
      ],
    );
  },

  '[MQTT3-2.3.1-6] PUBACK, PUBREC and PUBCOMP carry the identifier of their PUBLISH': async (stage) => {
    const client = await stage.join('c');
    for (const id of some) {
      client.send(publish({ topic: stage.topic, qos: 1, id }));
      assert.equal((await client.next('puback')).id, id);
      client.send(publish({ topic: stage.topic, qos: 2, id }));
      assert.equal((await client.next('pubrec')).id, id);
      client.send(pubrel(id));
      assert.equal((await client.next('pubcomp')).id, id);
    }
  },

  '[MQTT3-2.3.1-6] PUBREL carries the identifier of its PUBLISH': async (stage) => {
    const [publisher, subscriber] = [await stage.join('p'), await stage.join('s')];
    await subscriber.subscribe(stage.topic, 2);
    await publisher.publish(stage.topic, 'x', { qos: 2 });
    const { id } = await subscriber.next('publish');
    subscriber.send(pubrec(id!));
    assert.equal((await subscriber.next('pubrel')).id, id);
    subscriber.send(pubcomp(id!));
  },

  '[MQTT3-2.3.1-7] [MQTT3-3.8.4-2] SUBACK and UNSUBACK carry the identifier of what they answer': async (stage) => {
    const client = await stage.join('c');
    for (const id of some) {
      client.send(subscribe([[stage.topic, 0]], { id }));
      assert.equal((await client.next('suback')).id, id);
      client.send(unsubscribe([stage.topic], 4, id));
      assert.equal((await client.next('unsuback')).id, id);
    }
  },
});
