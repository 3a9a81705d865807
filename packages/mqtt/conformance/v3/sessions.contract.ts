import assert from 'node:assert/strict';
import { publish } from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';
import { heard, payloads } from './conversation.ts';

const kept = { clean: false };

export const sessionsCases = cases(4, 'plain', {
  '[MQTT3-3.1.2-4] [MQTT3-3.2.2-2] [MQTT3-4.1.0-1] a kept session has its subscriptions when its client is back':
    async (stage) => {
      const first = await stage.join('s', kept);
      await first.subscribe(`${stage.topic}/+`, 1);
      await first.leave();
      const again = await stage.join('s', kept);
      assert.equal(again.connack.present, true);
      await again.publish(`${stage.topic}/a`, 'x');
      assert.equal((await again.next('publish')).payload, 'x');
    },

  '[MQTT3-3.1.2-4] [MQTT3-4.1.0-1] a session is kept also when its connection was lost': async (stage) => {
    const first = await stage.join('s', kept);
    await first.subscribe(stage.topic, 1);
    first.cut();
    const again = await stage.join('s', kept);
    assert.equal(again.connack.present, true);
    await again.publish(stage.topic, 'x', { qos: 1 });
    assert.equal((await again.next('publish')).payload, 'x');
  },

  '[MQTT3-3.1.2-4] [MQTT3-3.2.2-3] a kept session that there was not is made, and told as new': async (stage) => {
    const first = await stage.join('s', kept);
    assert.equal(first.connack.present, false);
    await first.leave();
    assert.equal((await stage.join('s', kept)).connack.present, true);
  },

  '[MQTT3-3.1.2-5] QoS 1 and 2 messages wait for a kept session, in order, each once': async (stage) => {
    const [subscriber, publisher] = [await stage.join('s', kept), await stage.join('p')];
    await subscriber.subscribe(stage.topic, 2);
    await subscriber.leave();
    for (const n of [1, 2, 3, 4]) await publisher.publish(stage.topic, `${n}`, { qos: 1 + (n % 2) });
    const again = await stage.join('s', kept);
    const got = [];
    for (let n = 0; n < 4; n++) got.push(await again.accept());
    assert.deepEqual(
      got.map(({ payload, qos, dup }) => [payload, qos, dup]),
      [
        ['1', 2, false],
        ['2', 1, false],
        ['3', 2, false],
        ['4', 1, false],
      ],
    );
    assert.deepEqual(await again.settled(), []);
  },

  '[MQTT3-3.1.2-6] [MQTT3-3.1.4-3] [MQTT3-3.2.2-1] a clean session begins with nothing of the one before': async (
    stage,
  ) => {
    const [subscriber, publisher] = [await stage.join('s', kept), await stage.join('p')];
    await subscriber.subscribe(stage.topic, 1);
    await publisher.publish(stage.topic, 'unacknowledged', { qos: 1 });
    await subscriber.next('publish');
    await subscriber.leave();
    await publisher.publish(stage.topic, 'waiting', { qos: 1 });
    const clean = await stage.join('s', { clean: true });
    assert.equal(clean.connack.present, false);
    await publisher.publish(stage.topic, 'live', { qos: 1 });
    assert.deepEqual(await clean.settled(), []);
    await clean.leave();
    const again = await stage.join('s', kept);
    assert.equal(again.connack.present, false);
    assert.deepEqual(await again.settled(), []);
  },

  '[MQTT3-3.1.2-6] a clean session leaves nothing': async (stage) => {
    const [subscriber, publisher] = [await stage.join('s'), await stage.join('p')];
    await subscriber.subscribe(stage.topic, 1);
    await subscriber.leave();
    await publisher.publish(stage.topic, 'missed', { qos: 1 });
    const again = await stage.join('s', kept);
    assert.equal(again.connack.present, false);
    await publisher.publish(stage.topic, 'live', { qos: 1 });
    assert.deepEqual(await again.settled(), []);
  },

  '[MQTT3-3.1.2-6] a QoS 2 identifier of a clean session is free in the next': async (stage) => {
    const [watcher, first] = [await stage.join('w'), await stage.join('p')];
    await watcher.subscribe(stage.topic);
    first.send(publish({ topic: stage.topic, payload: 'first', qos: 2, id: 9 }));
    await first.next('pubrec');
    first.cut();
    const next = await stage.join('p');
    await next.publish(stage.topic, 'second', { qos: 2, id: 9 });
    // Whether the first was routed, too, depends on whether that waits for PUBREL: the standard allows both.
    const got = payloads(await heard(next, watcher)).filter((payload) => payload !== 'first');
    assert.deepEqual(got, ['second']);
  },

  '[MQTT3-3.1.2-7] retained messages outlive the clean session of their publisher': async (stage) => {
    const publisher = await stage.join('p');
    await publisher.publish(stage.topic, 'stays', { qos: 1, retain: true });
    await publisher.leave();
    const reader = await stage.join('p');
    await reader.subscribe(stage.topic);
    assert.equal((await reader.next('publish')).payload, 'stays');
  },

  '[MQTT3-3.1.3-2] the client identifier names the session, letter by letter': async (stage) => {
    const [one, other] = [await stage.join('Same', kept), await stage.join('same', kept)];
    assert.equal(other.connack.present, false);
    await one.subscribe(`${stage.topic}/one`, 1);
    await other.subscribe(`${stage.topic}/other`, 1);
    await one.leave();
    await other.leave();
    const publisher = await stage.join('p');
    await publisher.publish(`${stage.topic}/one`, 'for one', { qos: 1 });
    await publisher.publish(`${stage.topic}/other`, 'for the other', { qos: 1 });
    assert.equal((await (await stage.join('same', kept)).accept()).payload, 'for the other');
    assert.equal((await (await stage.join('Same', kept)).accept()).payload, 'for one');
  },

  '[MQTT3-3.1.4-2] a client that connects again ends its earlier connection, and takes its session': async (stage) => {
    const [earlier, publisher] = [await stage.join('s', kept), await stage.join('p')];
    await earlier.subscribe(stage.topic, 1);
    const later = await stage.join('s', kept);
    assert.deepEqual(await earlier.ended(), []);
    assert.equal(later.connack.present, true);
    await publisher.publish(stage.topic, 'to the later', { qos: 1 });
    assert.deepEqual(payloads(await heard(publisher, later)), ['to the later']);
  },

  '[MQTT3-3.1.4-3] a client that connects again with a clean session loses the one it had': async (stage) => {
    const [earlier, publisher] = [await stage.join('s', kept), await stage.join('p')];
    await earlier.subscribe(stage.topic, 1);
    const later = await stage.join('s', { clean: true });
    await earlier.ended();
    assert.equal(later.connack.present, false);
    await publisher.publish(stage.topic, 'x', { qos: 1 });
    assert.deepEqual(await later.settled(), []);
  },

  '[MQTT3-4.1.0-2] a clean session lasts as long as its connection': async (stage) => {
    const subscriber = await stage.join('s');
    await subscriber.subscribe(stage.topic, 1);
    for (const payload of ['1', '2', '3']) {
      const publisher = await stage.join('p');
      await publisher.publish(stage.topic, payload, { qos: 1 });
      await publisher.leave();
      assert.equal((await subscriber.accept()).payload, payload);
    }
  },

  '[MQTT3-4.5.0-1] a message is added to every session that matches, connected or kept, and to no other': async (
    stage,
  ) => {
    const [publisher, near, away] = [await stage.join('p'), await stage.join('n'), await stage.join('a', kept)];
    const other = await stage.join('o');
    await near.subscribe(`${stage.topic}/+/c`, 1);
    await away.subscribe(`${stage.topic}/#`, 1);
    await other.subscribe(`${stage.topic}/b/d`, 1);
    await away.leave();
    await publisher.publish(`${stage.topic}/b/c`, 'x', { qos: 1 });
    assert.equal((await near.accept()).payload, 'x');
    assert.equal((await (await stage.join('a', kept)).accept()).payload, 'x');
    assert.deepEqual(await other.settled(), []);
  },
});
