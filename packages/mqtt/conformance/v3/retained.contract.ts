import assert from 'node:assert/strict';
import { cases } from '../support/case.ts';
import { heard, payloads } from './conversation.ts';

export const retainedCases = cases(4, 'plain', {
  '[MQTT3-3.3.1-5] a message with RETAIN is kept with its QoS for later subscribers': async (stage) => {
    const [publisher, reader] = [await stage.join('p'), await stage.join('r')];
    for (const qos of [0, 1, 2]) {
      await publisher.publish(`${stage.topic}/${qos}`, `at ${qos}`, { qos, retain: true });
      await publisher.settled();
      await reader.subscribe(`${stage.topic}/${qos}`, 2);
      const got = await reader.accept();
      assert.deepEqual([got.payload, got.qos], [`at ${qos}`, qos]);
    }
  },

  '[MQTT3-3.3.1-6] a new subscription is sent the last retained message of each matching topic': async (stage) => {
    const [publisher, reader] = [await stage.join('p'), await stage.join('r')];
    for (const [topic, payload] of [
      ['a', 'old'],
      ['b', 'b'],
      ['c/d', 'deeper'],
      ['a', 'new'],
    ]) {
      await publisher.publish(`${stage.topic}/${topic}`, payload, { qos: 1, retain: true });
    }
    await reader.subscribe(`${stage.topic}/+`, 1);
    assert.deepEqual(payloads(await reader.settled()).toSorted(), ['b', 'new']);
    await reader.subscribe(`${stage.topic}/#`, 0);
    assert.deepEqual(payloads(await reader.settled()).toSorted(), ['b', 'deeper', 'new']);
  },

  '[MQTT3-3.3.1-7] a retained QoS 0 message takes away the one before': async (stage) => {
    const [publisher, reader] = [await stage.join('p'), await stage.join('r')];
    await publisher.publish(stage.topic, 'before', { qos: 2, retain: true });
    await publisher.publish(stage.topic, 'after', { qos: 0, retain: true });
    await publisher.settled();
    await reader.subscribe(stage.topic, 2);
    // The standard lets a broker forget a retained QoS 0 message at any time.
    assert.ok(!payloads(await reader.settled()).includes('before'));
  },

  '[MQTT3-3.3.1-8] RETAIN is 1 in what a new subscription is sent': async (stage) => {
    const [publisher, reader] = [await stage.join('p'), await stage.join('r')];
    await publisher.publish(stage.topic, 'x', { qos: 1, retain: true });
    await reader.subscribe(stage.topic, 1);
    assert.equal((await reader.next('publish')).retain, true);
  },

  '[MQTT3-3.3.1-9] RETAIN is 0 in what an established subscription is sent': async (stage) => {
    const [publisher, reader] = [await stage.join('p'), await stage.join('r')];
    await reader.subscribe(stage.topic, 1);
    for (const qos of [0, 1]) await publisher.publish(stage.topic, `at ${qos}`, { qos, retain: true });
    const got = await heard(publisher, reader);
    assert.deepEqual(payloads(got), ['at 0', 'at 1']);
    assert.ok(got.every(({ retain }) => retain === false));
  },

  '[MQTT3-3.3.1-10] an empty message with RETAIN is routed, and removes the retained one': async (stage) => {
    const [publisher, reader] = [await stage.join('p'), await stage.join('r')];
    await publisher.publish(stage.topic, 'x', { qos: 1, retain: true });
    await reader.subscribe(stage.topic, 1);
    await reader.accept();
    await publisher.publish(stage.topic, '', { qos: 1, retain: true });
    const { payload, retain } = await reader.accept();
    assert.deepEqual({ payload, retain }, { payload: '', retain: false });
    const later = await stage.join('l');
    await later.subscribe(stage.topic, 1);
    assert.deepEqual(await later.settled(), []);
  },

  '[MQTT3-3.3.1-11] an empty message is not retained': async (stage) => {
    const [publisher, reader] = [await stage.join('p'), await stage.join('r')];
    for (const qos of [0, 1, 2]) await publisher.publish(stage.topic, '', { qos, retain: true });
    await reader.subscribe(stage.topic, 2);
    assert.deepEqual(await reader.settled(), []);
  },

  '[MQTT3-3.3.1-12] a message without RETAIN is not retained, and leaves the retained one alone': async (stage) => {
    const [publisher, reader] = [await stage.join('p'), await stage.join('r')];
    await publisher.publish(`${stage.topic}/kept`, 'kept', { qos: 1, retain: true });
    await publisher.publish(`${stage.topic}/kept`, 'passing', { qos: 1 });
    await publisher.publish(`${stage.topic}/kept`, '', { qos: 1 });
    await publisher.publish(`${stage.topic}/none`, 'passing', { qos: 1 });
    await reader.subscribe(`${stage.topic}/#`, 1);
    assert.deepEqual(payloads(await reader.settled()), ['kept']);
  },
});
