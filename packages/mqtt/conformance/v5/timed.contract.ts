import assert from 'node:assert/strict';
import * as wire from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';
import * as property from '../support/properties.ts';

const kept = (seconds: number) => ({ properties: [property.sessionExpiry(seconds)] });

/** Cases in which a few seconds pass. */
export const timedCases = cases(5, 'plain', {
  '[MQTT5-3.1.2-22] [MQTT5-3.2.2-22] silence of one and a half keep-alives ends the connection, and the will is published':
    async (stage) => {
      const witness = await stage.join('witness');
      await witness.subscribe(stage.topic);
      const client = await stage.join('c', { keepAlive: 2, will: { topic: stage.topic, payload: 'will' } });
      assert.equal(client.connack.properties?.['serverKeepAlive'], undefined);
      await stage.pass(2);
      await client.silent();
      await stage.pass(2);
      await client.silent();
      // Mosquitto looks every five seconds.
      await stage.pass(9);
      await client.closes(0x8d);
      assert.equal((await witness.next('publish')).payload, 'will');
    },

  '[MQTT5-4.1.0-2] [MQTT5-3.1.2-23] a session is kept as long as its expiry says, and no longer': async (stage) => {
    const client = await stage.join('c', kept(3));
    await client.leave();
    await stage.pass(1);
    const again = await stage.join('c', { ...kept(3), clean: false });
    assert.equal(again.connack.present, true);
    again.cut();
    await stage.pass(5);
    assert.equal((await stage.join('c', { ...kept(3), clean: false })).connack.present, false);
  },

  '[MQTT5-4.1.0-1] an expiry does not end a session whose client is connected': async (stage) => {
    const client = await stage.join('c', kept(1));
    await client.subscribe(stage.topic);
    await stage.pass(3);
    await client.publish(stage.topic, 'x');
    assert.equal((await client.next('publish')).payload, 'x');
  },

  '[MQTT5-3.1.2-8] a will with a delay is published when the delay is over': async (stage) => {
    const witness = await stage.join('witness');
    await witness.subscribe(stage.topic);
    const will = { topic: stage.topic, payload: 'will', properties: [property.willDelay(2)] };
    (await stage.join('c', { ...kept(60), will })).cut();
    await stage.pass(1);
    await witness.silent();
    await stage.pass(3);
    assert.equal((await witness.next('publish')).payload, 'will');
  },

  '[MQTT5-3.1.2-8] a will is published when its session ends, also before its delay is over': async (stage) => {
    const witness = await stage.join('witness');
    await witness.subscribe(stage.topic);
    const will = { topic: stage.topic, payload: 'will', properties: [property.willDelay(600)] };
    (await stage.join('c', { ...kept(1), will })).cut();
    await stage.pass(3);
    assert.equal((await witness.next('publish')).payload, 'will');
  },

  '[MQTT5-3.1.3-9] a will is not published when its client is back before the delay is over': async (stage) => {
    const witness = await stage.join('witness');
    await witness.subscribe(stage.topic);
    const will = { topic: stage.topic, payload: 'will', properties: [property.willDelay(2)] };
    (await stage.join('c', { ...kept(60), will })).cut();
    await witness.silent();
    await stage.join('c', { ...kept(60), clean: false });
    await stage.pass(4);
    await witness.silent();
  },

  '[MQTT5-3.3.2-5] a message that has expired in the queue is not sent': async (stage) => {
    const client = await stage.join('c', kept(60));
    await client.subscribe(stage.topic, 1);
    await client.leave();
    const other = await stage.join('other');
    await other.publish(stage.topic, 'short', { qos: 1, properties: [property.messageExpiry(1)] });
    await other.publish(stage.topic, 'long', { qos: 1, properties: [property.messageExpiry(600)] });
    await stage.pass(3);
    const again = await stage.join('c', { ...kept(60), clean: false });
    assert.equal((await again.accept()).payload, 'long');
    await again.silent();
  },

  '[MQTT5-3.3.2-5] a retained message that has expired is gone': async (stage) => {
    const client = await stage.join('c');
    const properties = [property.messageExpiry(1)];
    await client.publish(stage.topic, 'short', { qos: 1, retain: true, properties });
    await client.subscribe(stage.topic);
    assert.equal((await client.next('publish')).payload, 'short');
    await stage.pass(3);
    await client.subscribe(stage.topic);
    await client.silent();
  },

  '[MQTT5-3.3.2-6] the expiry that goes out is what is left of that which came in': async (stage) => {
    const client = await stage.join('c', kept(60));
    await client.subscribe(stage.topic, 1);
    await client.leave();
    const other = await stage.join('other');
    await other.publish(stage.topic, 'x', { qos: 1, properties: [property.messageExpiry(100)] });
    await stage.pass(3);
    const again = await stage.join('c', { ...kept(60), clean: false });
    const left = (await again.accept()).properties?.['messageExpiry'] as number;
    assert.ok(left >= 95 && left <= 97, `${left} seconds are left`);
  },

  '[MQTT5-4.3.3-7] [MQTT5-4.3.3-13] a QoS 2 message that was sent does not expire': async (stage) => {
    const client = await stage.join('c', kept(60));
    await client.subscribe(stage.topic, 2);
    const other = await stage.join('other');
    const properties = [property.messageExpiry(1)];
    await other.publish(stage.topic, 'x', { qos: 2, properties });
    const { id } = await client.next('publish');
    client.cut();
    await stage.pass(3);
    const again = await stage.join('c', { ...kept(60), clean: false });
    const packet = await again.accept();
    assert.deepEqual([packet.id, packet.payload], [id, 'x']);
  },

  '[MQTT5-4.3.3-13] the handshake of a message that has expired meanwhile goes on': async (stage) => {
    const client = await stage.join('c');
    const properties = [property.messageExpiry(1)];
    client.send(wire.publish({ version: 5, topic: stage.topic, qos: 2, id: 3, properties }));
    await client.next('pubrec');
    await stage.pass(3);
    client.send(wire.pubrel(3));
    const { id, code } = await client.next('pubcomp');
    assert.deepEqual([id, code], [3, 0]);
  },
});
