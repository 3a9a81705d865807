import assert from 'node:assert/strict';
import { field, packet, subscribe, u8, u16 } from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';
import { closes, heard, payloads } from './conversation.ts';

const operator = { username: 'operator', password: 'secret' };
const each = [0, 1, 2] as const;

export const subscribeCases = cases(4, 'plain', {
  '[MQTT3-3.8.4-1] SUBSCRIBE is answered with SUBACK': async (stage) => {
    const client = await stage.join('c');
    client.send(subscribe([[stage.topic, 1]], { id: 77 }));
    assert.deepEqual(await client.next('suback'), { kind: 'suback', id: 77, codes: [1] });
  },

  '[MQTT3-3.8.4-5] [MQTT3-3.9.3-1] [MQTT3-3.9.3-2] SUBACK has the granted QoS of each filter, in their order': async (
    stage,
  ) => {
    const client = await stage.join('c');
    const wishes = [2, 0, 1, 1, 0, 1].map((qos, index) => [`${stage.topic}/${index}`, qos] as const);
    client.send(subscribe(wishes, { id: 5 }));
    assert.deepEqual((await client.next('suback')).codes, [2, 0, 1, 1, 0, 1]);
  },

  '[MQTT3-3.8.3-3] a SUBSCRIBE without a filter ends the connection': (stage) => closes(stage, subscribe([])),

  '[MQTT3-3-8.3-4] QoS 3 and reserved bits beside a filter end the connection': (stage) =>
    closes(stage, ...[0x03, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff].map((byte) => subscribe([[stage.topic, byte]]))),

  '[MQTT3-3-8.3-4] one wrong QoS among several makes the whole SUBSCRIBE malformed': async (stage) => {
    const watcher = await stage.join('w');
    const wishes = [field(`${stage.topic}/a`), u8(0), field(`${stage.topic}/b`), u8(3)];
    await closes(stage, packet(0x82, u16(1), ...wishes));
    assert.deepEqual(await watcher.settled(), []);
  },

  '[MQTT3-3.8.4-3] the same filter again replaces the subscription: one copy, with the new QoS': async (stage) => {
    const client = await stage.join('c');
    for (const qos of [0, 2, 1]) {
      await client.subscribe(stage.topic, qos);
      await client.publish(stage.topic, 'x', { qos: 2 });
      assert.equal((await client.accept()).qos, qos);
      assert.deepEqual(await client.settled(), []);
    }
  },

  '[MQTT3-3.8.4-3] the same filter again is sent the retained messages again': async (stage) => {
    const client = await stage.join('c');
    await client.publish(stage.topic, 'kept', { qos: 1, retain: true });
    for (const qos of [0, 0, 1]) {
      await client.subscribe(stage.topic, qos);
      const got = await client.accept();
      assert.deepEqual([got.payload, got.retain, got.qos], ['kept', true, qos]);
    }
  },

  '[MQTT3-3.8.4-4] several filters are handled one after the other, with one SUBACK': async (stage) => {
    const client = await stage.join('c');
    for (const level of ['a', 'b']) await client.publish(`${stage.topic}/${level}`, level, { qos: 1, retain: true });
    client.send(
      subscribe([
        [`${stage.topic}/a`, 0],
        [`${stage.topic}/b`, 0],
        [`${stage.topic}/a`, 1],
      ]),
    );
    assert.deepEqual((await client.next('suback')).codes, [0, 0, 1]);
    const [retained, live] = [await client.settled(), await stage.join('p')];
    // The filter that comes twice counts as two SUBSCRIBEs do: the later one holds.
    assert.deepEqual(new Set(payloads(retained)), new Set(['a', 'b']));
    await live.publish(`${stage.topic}/a`, 'live', { qos: 2 });
    assert.equal((await client.next('publish')).qos, 1);
    assert.deepEqual(await client.settled(), []);
  },

  '[MQTT3-3.8.4-6] a message is sent with the lower of its own and the granted QoS': async (stage) => {
    const client = await stage.join('c');
    for (const granted of each) await client.subscribe(`${stage.topic}/${granted}`, granted);
    for (const granted of each) {
      for (const qos of each) {
        await client.publish(`${stage.topic}/${granted}`, 'x', { qos });
        assert.equal((await client.accept()).qos, Math.min(granted, qos), `${qos} to ${granted}`);
      }
    }
  },

  '[MQTT3-3.3.5-1] where several subscriptions match, the highest QoS among them holds': async (stage) => {
    const client = await stage.join('c');
    for (const [filter, qos] of [
      ['/+/c', 2],
      ['/#', 0],
      ['/b/c', 1],
    ] as const)
      await client.subscribe(stage.topic + filter, qos);
    for (const qos of each) {
      await client.publish(`${stage.topic}/b/c`, 'x', { qos });
      const copies = [await client.accept(), ...(await heard(client, client))];
      // Version 3.1.1 allows one copy for each subscription.
      assert.ok(copies.length <= 3);
      assert.equal(Math.max(...copies.map((copy) => copy.qos!)), qos);
    }
  },
});

export const guardedSubscribeCases = cases(4, 'guarded', {
  '[MQTT3-3.8.4-5] [MQTT3-3.9.3-1] [MQTT3-3.9.3-2] a filter that is not authorised has return code 0x80 in its place':
    async (stage) => {
      const client = await stage.join('c', operator);
      client.send(
        subscribe([
          [`${stage.topic}/a`, 1],
          ['forbidden/#', 2],
          [`${stage.topic}/b`, 2],
        ]),
      );
      assert.deepEqual((await client.next('suback')).codes, [1, 0x80, 2]);
      await client.publish(`${stage.topic}/b`, 'x', { qos: 1 });
      assert.equal((await client.accept()).payload, 'x');
    },
});
