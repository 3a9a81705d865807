import assert from 'node:assert/strict';
import { cases } from '../support/case.ts';
import * as property from '../support/properties.ts';

export const willCases = cases(5, 'plain', {
  '[MQTT5-3.1.2-7] [MQTT5-3.1.2-8] the will is published when the connection breaks': async (stage) => {
    const witness = await stage.join('witness');
    await witness.subscribe(stage.topic, 2);
    const client = await stage.join('c', { will: { topic: stage.topic, payload: 'will' } });
    await witness.silent();
    client.cut();
    assert.equal((await witness.next('publish')).payload, 'will');
  },

  '[MQTT5-3.1.2-12] [MQTT5-3.1.2-14] a will has its own QoS, and is not retained unless it says so': async (stage) => {
    const witness = await stage.join('witness');
    await witness.subscribe(stage.topic, 2);
    for (const qos of [0, 1, 2]) {
      (await stage.join('c', { will: { topic: stage.topic, payload: `${qos}`, qos } })).cut();
      const got = await witness.accept();
      assert.deepEqual([got.payload, got.qos, got.retain], [`${qos}`, qos, false]);
    }
    const late = await stage.join('late');
    await late.subscribe(stage.topic);
    await late.silent();
  },

  '[MQTT5-3.1.2-15] a will with Will Retain is retained': async (stage) => {
    const witness = await stage.join('witness');
    await witness.subscribe(stage.topic);
    (await stage.join('c', { will: { topic: stage.topic, payload: 'will', retain: true } })).cut();
    assert.equal((await witness.next('publish')).payload, 'will');
    const late = await stage.join('late');
    await late.subscribe(stage.topic);
    const got = await late.next('publish');
    assert.deepEqual([got.payload, got.retain], ['will', true]);
  },

  '[MQTT5-3.1.2-10] a will is published once': async (stage) => {
    const witness = await stage.join('witness');
    await witness.subscribe(stage.topic);
    const kept = [property.sessionExpiry(60)];
    (await stage.join('c', { properties: kept, will: { topic: stage.topic, payload: 'will' } })).cut();
    await witness.next('publish');
    const again = await stage.join('c', { clean: false, properties: kept });
    assert.equal(again.connack.present, true);
    again.cut();
    await stage.join('c', { clean: true });
    await witness.silent();
  },

  '[MQTT5-3.1.2-8] the will of a connection that is taken over is published': async (stage) => {
    const witness = await stage.join('witness');
    await witness.subscribe(stage.topic);
    await stage.join('c', { will: { topic: stage.topic, payload: 'will' } });
    await stage.join('c');
    assert.equal((await witness.next('publish')).payload, 'will');
  },

  '[MQTT5-3.1.2-8] the will of a client that breaks the rules is published': async (stage) => {
    const witness = await stage.join('witness');
    await witness.subscribe(stage.topic);
    const client = await stage.join('c', { will: { topic: stage.topic, payload: 'will' } });
    client.send(Buffer.of(0, 0));
    await client.ended();
    assert.equal((await witness.next('publish')).payload, 'will');
  },

  '[MQTT5-3.1.3-10] what describes a will arrives with it, its user properties in order': async (stage) => {
    const witness = await stage.join('witness');
    await witness.subscribe(stage.topic);
    const properties = [
      property.payloadFormat(1),
      property.contentType('text'),
      property.responseTopic('answer'),
      property.correlationData('7'),
      property.userProperty('b', '1'),
      property.userProperty('a', '2'),
      property.userProperty('b', '0'),
    ];
    (await stage.join('c', { will: { topic: stage.topic, payload: 'will', properties } })).cut();
    assert.deepEqual((await witness.next('publish')).properties, {
      payloadFormat: 1,
      contentType: 'text',
      responseTopic: 'answer',
      correlationData: '7',
      userProperties: [
        ['b', '1'],
        ['a', '2'],
        ['b', '0'],
      ],
    });
  },
});
