import assert from 'node:assert/strict';
import * as wire from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';
import * as property from '../support/properties.ts';

const kept = { properties: [property.sessionExpiry(600)] };
const again = { ...kept, clean: false };

export const sessionCases = cases(5, 'plain', {
  '[MQTT5-3.1.2-4] [MQTT5-3.1.4-4] [MQTT5-3.2.2-2] a clean start discards the session that was kept': async (stage) => {
    const client = await stage.join('c', kept);
    await client.subscribe(stage.topic, 1);
    await client.leave();
    const other = await stage.join('other');
    await other.publish(stage.topic, 'queued', { qos: 1 });
    const fresh = await stage.join('c', kept);
    assert.equal(fresh.connack.present, false);
    await other.publish(stage.topic, 'after', { qos: 1 });
    await fresh.silent();
  },

  '[MQTT5-3.1.2-5] [MQTT5-3.2.2-3] [MQTT5-4.5.0-1] a session is resumed with its subscriptions and what it missed':
    async (stage) => {
      const client = await stage.join('c', kept);
      await client.subscribe(stage.topic, 1);
      await client.leave();
      const other = await stage.join('other');
      await other.publish(stage.topic, 'missed', { qos: 1 });
      const resumed = await stage.join('c', again);
      assert.equal(resumed.connack.present, true);
      assert.equal((await resumed.accept()).payload, 'missed');
      await other.publish(stage.topic, 'live', { qos: 1 });
      assert.equal((await resumed.accept()).payload, 'live');
    },

  '[MQTT5-3.1.2-6] [MQTT5-3.2.2-3] without a session to resume a new one begins': async (stage) => {
    const client = await stage.join('c', again);
    assert.deepEqual([client.connack.code, client.connack.present], [0, false]);
    await client.subscribe(stage.topic);
    await client.publish(stage.topic, 'x');
    assert.equal((await client.next('publish')).payload, 'x');
  },

  '[MQTT5-3.1.2-23] [MQTT5-4.1.0-1] a session with an expiry outlives a connection that breaks': async (stage) => {
    const client = await stage.join('c', kept);
    await client.subscribe(stage.topic, 2);
    client.cut();
    const other = await stage.join('other');
    for (const payload of ['1', '2', '3']) await other.publish(stage.topic, payload, { qos: 2 });
    const resumed = await stage.join('c', again);
    assert.equal(resumed.connack.present, true);
    for (const payload of ['1', '2', '3']) assert.equal((await resumed.accept()).payload, payload);
  },

  '[MQTT5-4.1.0-2] a session without an expiry ends with its connection': async (stage) => {
    const client = await stage.join('c');
    await client.subscribe(stage.topic, 1);
    await client.leave();
    assert.equal((await stage.join('c', again)).connack.present, false);
  },

  '[MQTT5-4.1.0-2] [MQTT5-3.1.2-23] the expiry in DISCONNECT replaces that of CONNECT': async (stage) => {
    const ended = await stage.join('ended', kept);
    await ended.leave(0, [property.sessionExpiry(0)]);
    assert.equal((await stage.join('ended', again)).connack.present, false);
    const longer = await stage.join('longer', { properties: [property.sessionExpiry(60)] });
    await longer.leave(0, [property.sessionExpiry(600)]);
    assert.equal((await stage.join('longer', again)).connack.present, true);
  },

  '[MQTT5-3.1.3-2] sessions belong to client identifiers': async (stage) => {
    const one = await stage.join('one', kept);
    await one.subscribe(`${stage.topic}/one`, 1);
    await one.leave();
    const other = await stage.join('One', again);
    assert.equal(other.connack.present, false);
    await other.publish(`${stage.topic}/one`, 'x', { qos: 1 });
    await other.silent();
    assert.equal((await (await stage.join('one', again)).accept()).payload, 'x');
  },

  '[MQTT5-4.4.0-1] [MQTT5-3.3.1-1] [MQTT5-4.3.2-3] an unacknowledged QoS 1 message comes again, as a duplicate with its identifier':
    async (stage) => {
      const client = await stage.join('c', kept);
      await client.subscribe(stage.topic, 1);
      const other = await stage.join('other');
      await other.publish(stage.topic, 'first', { qos: 1 });
      await other.publish(stage.topic, 'second', { qos: 1 });
      const sent = [await client.next('publish'), await client.next('publish')];
      assert.deepEqual(
        sent.map(({ dup }) => dup),
        [false, false],
      );
      client.send(wire.puback(sent[0]!.id!));
      await client.silent();
      client.cut();
      const resumed = await stage.join('c', again);
      const { payload, dup, id } = await resumed.accept();
      assert.deepEqual([payload, dup, id], ['second', true, sent[1]!.id]);
      await resumed.silent();
    },

  '[MQTT5-4.4.0-1] [MQTT5-4.3.3-3] [MQTT5-4.8.2-4] a QoS 2 message without PUBREC comes again': async (stage) => {
    const client = await stage.join('c', kept);
    await client.subscribe(stage.topic, 2);
    const other = await stage.join('other');
    await other.publish(stage.topic, 'x', { qos: 2 });
    const sent = await client.next('publish');
    client.cut();
    const resumed = await stage.join('c', again);
    const { payload, dup, id } = await resumed.accept();
    assert.deepEqual([payload, dup, id], ['x', true, sent.id]);
  },

  '[MQTT5-4.4.0-1] [MQTT5-4.3.3-5] [MQTT5-4.3.3-6] after PUBREC it is PUBREL that comes again, not the message': async (
    stage,
  ) => {
    const client = await stage.join('c', kept);
    await client.subscribe(stage.topic, 2);
    const other = await stage.join('other');
    await other.publish(stage.topic, 'x', { qos: 2 });
    const { id } = await client.next('publish');
    client.send(wire.pubrec(id!));
    await client.next('pubrel');
    client.cut();
    const resumed = await stage.join('c', again);
    assert.equal((await resumed.next('pubrel')).id, id);
    resumed.send(wire.pubcomp(id!));
    await resumed.silent();
    resumed.cut();
    await (await stage.join('c', again)).silent();
  },

  '[MQTT5-4.4.0-1] nothing is sent again on a connection that lasts': async (stage) => {
    const client = await stage.join('c');
    await client.subscribe(stage.topic, 2);
    await client.publish(stage.topic, 'x', { qos: 1 });
    assert.equal((await client.next('publish')).dup, false);
    await client.silent();
    await client.silent();
  },

  '[MQTT5-4.4.0-2] [MQTT5-4.8.2-6] a message that its client refuses is not sent again': async (stage) => {
    const client = await stage.join('c', kept);
    await client.subscribe(stage.topic, 2);
    const other = await stage.join('other');
    await other.publish(stage.topic, 'one', { qos: 1 });
    await other.publish(stage.topic, 'two', { qos: 2 });
    client.send(wire.puback((await client.next('publish')).id!, 0x80));
    client.send(wire.pubrec((await client.next('publish')).id!, 0x97));
    await client.silent();
    client.cut();
    const resumed = await stage.join('c', again);
    assert.equal(resumed.connack.present, true);
    await resumed.silent();
  },

  '[MQTT5-4.3.3-10] [MQTT5-4.3.3-11] a QoS 2 message sent again on the next connection is not doubled': async (
    stage,
  ) => {
    const witness = await stage.join('witness');
    await witness.subscribe(stage.topic, 2);
    const client = await stage.join('c', kept);
    const publish = { version: 5, topic: stage.topic, payload: 'x', qos: 2, id: 77 } as const;
    client.send(wire.publish(publish));
    await client.next('pubrec');
    client.cut();
    const resumed = await stage.join('c', again);
    resumed.send(wire.publish({ ...publish, dup: true }));
    assert.equal((await resumed.next('pubrec')).id, 77);
    resumed.send(wire.pubrel(77));
    assert.deepEqual(await resumed.next('pubcomp').then(({ id, code }) => [id, code]), [77, 0]);
    // A broker may route it at its PUBLISH or at its PUBREL.
    assert.equal((await witness.accept()).payload, 'x');
    await witness.silent();
  },

  '[MQTT5-3.1.4-3] who takes a session over gets what the earlier connection had not acknowledged': async (stage) => {
    const client = await stage.join('c', kept);
    await client.subscribe(stage.topic, 1);
    await client.publish(stage.topic, 'x', { qos: 1 });
    await client.next('publish');
    const heir = await stage.join('c', again);
    await client.closes(0x8e);
    assert.deepEqual([heir.connack.present, (await heir.accept()).payload], [true, 'x']);
  },
});
