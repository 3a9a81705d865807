import assert from 'node:assert/strict';
import type { Packet } from '../../test/support/parse.ts';
import { puback, pubcomp, pubrec } from '../../test/support/wire.ts';
import { cases, type Stage } from '../support/case.ts';
import type { Client } from '../support/client.ts';
import { heard, payloads } from './conversation.ts';

const kept = { clean: false };

/** A kept session with three messages of this QoS under way, none acknowledged. */
async function underWay(stage: Stage, qos: 1 | 2): Promise<{ subscriber: Client; first: Packet[] }> {
  const [publisher, subscriber] = [await stage.join('p'), await stage.join('s', kept)];
  await subscriber.subscribe(stage.topic, qos);
  for (const payload of ['1', '2', '3']) await publisher.publish(stage.topic, payload, { qos });
  const first = await subscriber.settled();
  assert.deepEqual(payloads(first), ['1', '2', '3']);
  assert.ok(first.every(({ dup }) => dup === false));
  return { subscriber, first };
}

/** The broker as the sender of QoS 1 and 2. */
export const deliveriesCases = cases(4, 'plain', {
  '[MQTT3-2.3.1-4] [MQTT3-3.3.1-1] [MQTT3-4.3.2-1] [MQTT3-4.4.0-1] [MQTT3-4.6.0-1] unacknowledged QoS 1 is sent again on reconnection, in order, marked, with its identifiers':
    async (stage) => {
      const { subscriber, first } = await underWay(stage, 1);
      subscriber.cut();
      const again = await stage.join('s', kept);
      assert.deepEqual(
        await again.settled(),
        first.map((packet) => ({ ...packet, dup: true })),
      );
      for (const { id } of first) again.send(puback(id!));
      await again.leave();
      assert.deepEqual(await (await stage.join('s', kept)).settled(), []);
    },

  '[MQTT3-4.3.2-1] of several QoS 1 messages only the unacknowledged ones are sent again': async (stage) => {
    const { subscriber, first } = await underWay(stage, 1);
    subscriber.send(puback(first[1]!.id!));
    await subscriber.leave();
    assert.deepEqual(payloads(await (await stage.join('s', kept)).settled()), ['1', '3']);
  },

  '[MQTT3-4.8.0-1] an acknowledgement of another handshake than its message is in ends the connection': async (
    stage,
  ) => {
    for (const [qos, wrong] of [
      [1, pubrec],
      [1, pubcomp],
      [2, puback],
      [2, pubcomp],
    ] as const) {
      const [publisher, subscriber] = [await stage.join('p'), await stage.join('s')];
      await subscriber.subscribe(stage.topic, qos);
      await publisher.publish(stage.topic, 'x', { qos });
      subscriber.send(wrong((await subscriber.next('publish')).id!));
      await subscriber.closes();
    }
  },

  '[MQTT3-4.3.2-1] without reconnection nothing is sent twice': async (stage) => {
    const { subscriber } = await underWay(stage, 1);
    assert.deepEqual(await subscriber.settled(), []);
  },

  '[MQTT3-2.3.1-4] [MQTT3-3.3.1-1] [MQTT3-4.3.3-1] [MQTT3-4.4.0-1] [MQTT3-4.6.0-1] QoS 2 without PUBREC is sent again on reconnection, in order, marked, with its identifiers':
    async (stage) => {
      const { subscriber, first } = await underWay(stage, 2);
      subscriber.cut();
      const again = await stage.join('s', kept);
      assert.deepEqual(
        await again.settled(),
        first.map((packet) => ({ ...packet, dup: true })),
      );
    },

  '[MQTT3-4.3.3-1] [MQTT3-4.4.0-1] after PUBREC only PUBREL is sent again, until PUBCOMP': async (stage) => {
    const { subscriber, first } = await underWay(stage, 2);
    const ids = first.map(({ id }) => id!);
    for (const id of ids) subscriber.send(pubrec(id));
    for (const id of ids) assert.equal((await subscriber.next('pubrel')).id, id);
    subscriber.cut();
    const again = await stage.join('s', kept);
    const repeated = await again.settled();
    assert.deepEqual(
      repeated.map(({ kind, id }) => [kind, id]),
      ids.map((id) => ['pubrel', id]),
    );
    for (const id of ids) again.send(pubcomp(id));
    await again.leave();
    assert.deepEqual(await (await stage.join('s', kept)).settled(), []);
  },

  '[MQTT3-4.6.0-4] PUBRELs are in the order of their PUBRECs': async (stage) => {
    const { subscriber, first } = await underWay(stage, 2);
    const ids = [2, 0, 1].map((index) => first[index]!.id!);
    for (const id of ids) subscriber.send(pubrec(id));
    for (const id of ids) assert.equal((await subscriber.next('pubrel')).id, id);
  },

  '[MQTT3-4.6.0-5] [MQTT3-4.6.0-6] messages of one client, topic and QoS reach every subscriber in their order': async (
    stage,
  ) => {
    const publisher = await stage.join('p');
    const subscribers = [await stage.join('s0'), await stage.join('s1'), await stage.join('s2')];
    for (const [qos, subscriber] of subscribers.entries()) await subscriber.subscribe(`${stage.topic}/#`, qos);
    for (const qos of [0, 1, 2]) {
      const sent = Array.from({ length: 15 }, (_, n) => `${qos}.${n}`);
      for (const payload of sent) await publisher.publish(`${stage.topic}/a`, payload, { qos });
      await publisher.settled();
      for (const [granted, subscriber] of subscribers.entries()) {
        const got: Packet[] = [];
        while (got.length < sent.length) got.push(await subscriber.accept());
        assert.deepEqual(payloads(got), sent, `QoS ${qos} to ${granted}`);
      }
    }
  },

  '[MQTT3-4.6.0-6] messages that waited for their subscriber keep their order before newer ones': async (stage) => {
    const [publisher, subscriber] = [await stage.join('p'), await stage.join('s', kept)];
    await subscriber.subscribe(stage.topic, 1);
    await subscriber.leave();
    for (const payload of ['1', '2', '3']) await publisher.publish(stage.topic, payload, { qos: 1 });
    const again = await stage.join('s', kept);
    await publisher.publish(stage.topic, '4', { qos: 1 });
    assert.deepEqual(payloads(await heard(publisher, again)), ['1', '2', '3', '4']);
  },
});
