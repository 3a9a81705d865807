import assert from 'node:assert/strict';
import { publish, pubrel } from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';
import { answers, closes, heard } from './conversation.ts';

const operator = { username: 'operator', password: 'secret' };

export const publishCases = cases(4, 'plain', {
  '[MQTT3-3.3.1-2] [MQTT3-4.3.1-1] QoS 0 is sent with DUP 0, once': async (stage) => {
    const client = await stage.join('c');
    await client.subscribe(stage.topic, 2);
    await client.publish(stage.topic, 'x');
    assert.deepEqual(await heard(client, client), [
      { kind: 'publish', topic: stage.topic, payload: 'x', qos: 0, retain: false, dup: false },
    ]);
  },

  '[MQTT3-3.3.1-2] a QoS 0 PUBLISH with DUP ends the connection': (stage) =>
    closes(stage, publish({ topic: stage.topic, dup: true })),

  '[MQTT3-3.3.1-3] DUP does not travel from publisher to subscriber': async (stage) => {
    const client = await stage.join('c');
    await client.subscribe(stage.topic, 2);
    for (const qos of [1, 2]) {
      await client.publish(stage.topic, 'x', { qos, dup: true });
      const { dup, qos: got } = await client.accept();
      assert.deepEqual({ dup, got }, { dup: false, got: qos });
    }
  },

  '[MQTT3-3.3.1-4] a PUBLISH with QoS 3 ends the connection': (stage) =>
    closes(stage, publish({ topic: stage.topic, qos: 3 }), publish({ topic: stage.topic, qos: 3, dup: true })),

  '[MQTT3-3.3.2-2] [MQTT3-4.7.1-1] a PUBLISH whose topic has wildcards ends the connection, and goes to nobody': async (
    stage,
  ) => {
    const watcher = await stage.join('w');
    await watcher.subscribe(`${stage.topic}/#`);
    const topics = ['/+', '/#', '/+/a', '/a+', '/#a'].map((level) => stage.topic + level);
    await closes(stage, ...topics.map((topic) => publish({ topic })), publish({ topic: '#' }), publish({ topic: '+' }));
    assert.deepEqual(await watcher.settled(), []);
  },

  '[MQTT3-3.3.4-1] QoS 0 is not acknowledged, QoS 1 with PUBACK, QoS 2 with PUBREC': async (stage) => {
    const client = await stage.join('c');
    client.send(publish({ topic: stage.topic, qos: 0 }));
    assert.deepEqual(await answers(client), []);
    client.send(publish({ topic: stage.topic, qos: 1, id: 3 }));
    assert.equal((await client.next('puback')).id, 3);
    client.send(publish({ topic: stage.topic, qos: 2, id: 4 }));
    assert.equal((await client.next('pubrec')).id, 4);
    client.send(pubrel(4));
    assert.equal((await client.next('pubcomp')).id, 4);
    assert.deepEqual(await client.settled(), []);
  },

  '[MQTT3-4.3.1-1] payloads of every size arrive unaltered': async (stage) => {
    const client = await stage.join('c');
    await client.subscribe(stage.topic, 0);
    for (const size of [0, 1, 100, 127, 128, 16_383, 16_384, 300_000]) {
      const payload = Buffer.from(Array.from({ length: size }, (_, at) => (at * 7) & 255)).toString('latin1');
      client.send(publish({ topic: stage.topic, payload: Buffer.from(payload, 'latin1') }));
      assert.equal((await client.next('publish')).payload, payload, `${size} bytes`);
    }
  },
});

export const guardedPublishCases = cases(4, 'guarded', {
  '[MQTT3-3.3.5-2] a PUBLISH that is not authorised is acknowledged all the same, or its connection ends': async (
    stage,
  ) => {
    const watcher = await stage.join('w', operator);
    await watcher.subscribe('+/+');
    for (const qos of [0, 1, 2]) {
      const client = await stage.join('c', operator);
      client.send(publish({ topic: `forbidden/${stage.topic}`, payload: 'x', qos, id: 5, retain: true }));
      const answer = await answers(client).catch(() => 'closed');
      assert.ok(
        answer === 'closed' ||
          (Array.isArray(answer) && answer.map(({ kind }) => kind).join() === ['', 'puback', 'pubrec'][qos]),
        JSON.stringify(answer),
      );
    }
    assert.deepEqual(
      (await watcher.settled()).filter(({ topic }) => topic === `forbidden/${stage.topic}`),
      [],
    );
  },
});
