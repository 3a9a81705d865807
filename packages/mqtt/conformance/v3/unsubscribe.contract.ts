import assert from 'node:assert/strict';
import { puback, pubcomp, pubrec, unsubscribe } from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';
import { closes, payloads } from './conversation.ts';

export const unsubscribeCases = cases(4, 'plain', {
  '[MQTT3-3.10.3-2] an UNSUBSCRIBE without a filter ends the connection': (stage) => closes(stage, unsubscribe([])),

  '[MQTT3-3.10.4-1] UNSUBSCRIBE removes the filter that is equal character by character, and no other': async (
    stage,
  ) => {
    const client = await stage.join('c');
    await client.subscribe(`${stage.topic}/a/+`, 1);
    for (const other of ['/a/#', '/a/b', '/A/+', '/a/+/', '//a/+', '/+/+', '/#']) {
      await client.unsubscribe(stage.topic + other);
    }
    await client.publish(`${stage.topic}/a/b`, 'still', { qos: 1 });
    assert.equal((await client.accept()).payload, 'still');
    await client.unsubscribe(`${stage.topic}/a/+`);
    await client.publish(`${stage.topic}/a/b`, 'no more', { qos: 1 });
    assert.deepEqual(await client.settled(), []);
  },

  '[MQTT3-3.10.4-2] nothing new is sent for a removed subscription': async (stage) => {
    const [publisher, subscriber] = [await stage.join('p'), await stage.join('s')];
    await subscriber.subscribe(`${stage.topic}/gone`, 1);
    await subscriber.subscribe(`${stage.topic}/stays`, 1);
    await subscriber.unsubscribe(`${stage.topic}/gone`);
    for (const qos of [0, 1, 2]) {
      await publisher.publish(`${stage.topic}/gone`, 'gone', { qos });
      await publisher.publish(`${stage.topic}/stays`, 'stays', { qos });
      assert.equal((await subscriber.accept()).payload, 'stays');
    }
    assert.deepEqual(await subscriber.settled(), []);
  },

  '[MQTT3-3.10.4-3] a QoS 2 message that was being sent is completed after UNSUBSCRIBE': async (stage) => {
    const [publisher, subscriber] = [await stage.join('p'), await stage.join('s')];
    await subscriber.subscribe(stage.topic, 2);
    await publisher.publish(stage.topic, 'under way', { qos: 2 });
    const { id } = await subscriber.next('publish');
    await subscriber.unsubscribe(stage.topic);
    subscriber.send(pubrec(id!));
    assert.equal((await subscriber.next('pubrel')).id, id);
    subscriber.send(pubcomp(id!));
    assert.deepEqual(await subscriber.settled(), []);
  },

  '[MQTT3-3.10.4-3] a QoS 1 message that was being sent is sent again after UNSUBSCRIBE': async (stage) => {
    const [publisher, subscriber] = [await stage.join('p'), await stage.join('s', { clean: false })];
    await subscriber.subscribe(stage.topic, 1);
    await publisher.publish(stage.topic, 'under way', { qos: 1 });
    await subscriber.next('publish');
    await subscriber.unsubscribe(stage.topic);
    await publisher.publish(stage.topic, 'too late', { qos: 1 });
    await subscriber.leave();
    const again = await stage.join('s', { clean: false });
    const got = await again.settled();
    assert.deepEqual(payloads(got), ['under way']);
    again.send(puback(got[0]!.id!));
  },

  '[MQTT3-3.10.4-4] UNSUBSCRIBE is answered with UNSUBACK, with its packet identifier': async (stage) => {
    const client = await stage.join('c');
    await client.subscribe(stage.topic);
    client.send(unsubscribe([stage.topic], 4, 99));
    assert.deepEqual(await client.next('unsuback'), { kind: 'unsuback', id: 99, codes: [] });
  },

  '[MQTT3-3.10.4-5] UNSUBSCRIBE is answered also when nothing was removed': async (stage) => {
    const client = await stage.join('c');
    client.send(unsubscribe([`${stage.topic}/never`], 4, 100));
    assert.equal((await client.next('unsuback')).id, 100);
  },

  '[MQTT3-3.10.4-6] several filters are all removed, with one UNSUBACK': async (stage) => {
    const client = await stage.join('c');
    const filters = ['a', 'b', 'never', 'c'].map((level) => `${stage.topic}/${level}`);
    for (const filter of filters.filter((filter) => !filter.endsWith('never'))) await client.subscribe(filter, 1);
    await client.subscribe(`${stage.topic}/d`, 1);
    client.send(unsubscribe(filters, 4, 101));
    assert.equal((await client.next('unsuback')).id, 101);
    for (const level of ['a', 'b', 'c', 'd']) await client.publish(`${stage.topic}/${level}`, level, { qos: 1 });
    assert.deepEqual(payloads(await client.settled()), ['d']);
  },
});
