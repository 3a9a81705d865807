import assert from 'node:assert/strict';
import * as wire from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';
import type { Client } from '../support/client.ts';
import * as property from '../support/properties.ts';

/** Flow control, topic aliases and packet sizes, both ways. */
export const flowCases = cases(5, 'plain', {
  '[MQTT5-2.2.1-4] [MQTT5-4.3.2-1] [MQTT5-4.3.3-1] messages under way have packet identifiers of their own, none of them 0':
    async (stage) => {
      const client = await stage.join('c');
      await client.subscribe(stage.topic, 2);
      for (let n = 0; n < 16; n++) {
        await client.publish(stage.topic, '', { qos: 1 + (n % 2) });
      }
      const ids = (await client.settled()).filter(({ kind }) => kind === 'publish').map(({ id }) => id);
      assert.equal(new Set(ids).size, 16);
      assert.ok(ids.every((id) => id! > 0));
    },

  '[MQTT5-3.3.4-9] [MQTT5-4.9.0-1] [MQTT5-4.9.0-2] no more than Receive Maximum messages are under way': async (
    stage,
  ) => {
    const client = await stage.join('c', { properties: [property.receiveMaximum(2)] });
    await client.subscribe(stage.topic, 2);
    const other = await stage.join('other');
    for (const payload of ['1', '2', '3', '4']) await other.publish(stage.topic, payload, { qos: 2 });
    const [one, two, ...more] = await client.settled();
    assert.deepEqual([one?.payload, two?.payload, more], ['1', '2', []]);
    // A PUBREC that accepts does not give the place back; PUBCOMP does.
    client.send(wire.pubrec(one!.id!));
    await client.next('pubrel');
    await client.silent();
    client.send(wire.pubcomp(one!.id!));
    assert.equal((await client.next('publish')).payload, '3');
    // A PUBREC that refuses gives it back at once.
    client.send(wire.pubrec(two!.id!, 0x80));
    assert.equal((await client.next('publish')).payload, '4');
  },

  '[MQTT5-3.3.4-9] a PUBACK gives the place back': async (stage) => {
    const client = await stage.join('c', { properties: [property.receiveMaximum(1)] });
    await client.subscribe(stage.topic, 1);
    const other = await stage.join('other');
    for (const payload of ['1', '2', '3']) await other.publish(stage.topic, payload, { qos: 1 });
    for (const payload of ['1', '2', '3']) {
      const [only, ...more] = await client.settled();
      assert.deepEqual([only?.payload, more], [payload, []]);
      client.send(wire.puback(only!.id!));
    }
  },

  '[MQTT5-4.13.1-1] an acknowledgement of another handshake than its message is in ends the connection': async (
    stage,
  ) => {
    for (const [qos, wrong] of [
      [1, wire.pubrec],
      [1, wire.pubcomp],
      [2, wire.puback],
      [2, wire.pubcomp],
    ] as const) {
      const client = await stage.join(`c${qos}`);
      await client.subscribe(stage.topic, qos);
      await client.publish(stage.topic, 'x', { qos });
      client.send(wrong((await client.next('publish')).id!));
      await client.closes(0x82);
    }
  },

  '[MQTT5-3.4.2-1] [MQTT5-3.5.2-1] a client that says 0x10, as servers do, has taken the message': async (stage) => {
    const client = await stage.join('c', { properties: [property.receiveMaximum(1)] });
    await client.subscribe(stage.topic, 2);
    for (const qos of [1, 2, 1]) {
      await client.publish(stage.topic, `${qos}`, { qos });
      const { id } = await client.next('publish');
      if (qos === 1) {
        client.send(wire.puback(id!, 0x10));
        continue;
      }
      client.send(wire.pubrec(id!, 0x10));
      assert.equal((await client.next('pubrel')).id, id);
      client.send(wire.pubcomp(id!));
    }
    await client.silent();
  },

  '[MQTT5-3.3.4-10] [MQTT5-4.9.0-3] a client whose window is full is answered all the same, and gets QoS 0': async (
    stage,
  ) => {
    const client = await stage.join('c', { properties: [property.receiveMaximum(1)] });
    await client.subscribe(`${stage.topic}/#`, 1);
    const other = await stage.join('other');
    for (const qos of [1, 1, 0]) await other.publish(`${stage.topic}/${qos}`, '', { qos });
    const got = await client.settled();
    assert.deepEqual(
      got.map(({ topic }) => topic),
      [`${stage.topic}/1`, `${stage.topic}/0`],
    );
    assert.equal((await client.subscribe(`${stage.topic}x`)).codes?.[0], 0);
    assert.equal((await client.publish(`${stage.topic}y`, '', { qos: 2 }))?.kind, 'pubcomp');
  },

  '[MQTT5-3.3.4-7] [MQTT5-3.3.4-8] a client may have Receive Maximum messages under way': async (stage) => {
    const client = await stage.join('c');
    const most = Math.min((client.connack.properties?.['receiveMaximum'] as number | undefined) ?? 65_535, 64);
    for (let id = 1; id <= most; id++) client.send(wire.publish({ version: 5, topic: stage.topic, qos: 2, id }));
    for (let id = 1; id <= most; id++) assert.equal((await client.next('pubrec')).id, id);
  },

  '[MQTT5-3.3.4-7] more than Receive Maximum messages under way end the connection': async (stage) => {
    const client = await stage.join('c');
    const most = (client.connack.properties?.['receiveMaximum'] as number | undefined) ?? 65_535;
    // With 65,535 no identifier is left for one more.
    if (most === 65_535) return;
    for (let id = 1; id <= most + 1; id++) client.send(wire.publish({ version: 5, topic: stage.topic, qos: 2, id }));
    await client.closes(0x93);
  },

  '[MQTT5-3.1.2-24] [MQTT5-3.1.2-25] a message larger than its client takes is left out, as if it had been sent':
    async (stage) => {
      const properties = [property.maximumPacketSize(100), property.sessionExpiry(60), property.receiveMaximum(1)];
      const client = await stage.join('c', { properties });
      await client.subscribe(stage.topic, 1);
      const other = await stage.join('other');
      for (const payload of ['before', 'x'.repeat(200), 'after']) await other.publish(stage.topic, payload, { qos: 1 });
      assert.equal((await client.accept()).payload, 'before');
      assert.equal((await client.accept()).payload, 'after');
      await client.silent();
      client.cut();
      const again = await stage.join('c', { clean: false });
      assert.equal(again.connack.present, true);
      await again.silent();
    },

  '[MQTT5-3.2.2-15] a packet larger than the broker takes ends the connection': async (stage) => {
    const client = await stage.join('c');
    const most = client.connack.properties?.['maximumPacketSize'] as number | undefined;
    if (most === undefined) return;
    client.send(Buffer.concat([wire.u8(0x30), wire.varint(most)]));
    await client.closes(0x95);
  },

  '[MQTT5-3.1.2-27] without a Topic Alias Maximum no alias is sent': async (stage) => {
    for (const properties of [[], [property.topicAliasMaximum(0)]]) {
      const client = await stage.join('c', { properties });
      await client.subscribe(`${stage.topic}/#`, 1);
      for (const { topic, alias } of await published(client, stage.topic, ['a', 'a', 'b'])) {
        assert.deepEqual([topic === '', alias], [false, undefined]);
      }
    }
  },

  '[MQTT5-3.1.2-26] [MQTT5-3.3.2-11] [MQTT5-3.3.2-8] aliases go from 1 to the client’s Topic Alias Maximum': async (
    stage,
  ) => {
    const client = await stage.join('c', { properties: [property.topicAliasMaximum(2)] });
    await client.subscribe(`${stage.topic}/#`, 1);
    const known = new Map<number, string>();
    const names = ['a', 'b', 'a', 'b', 'c', 'c', 'd', 'a'];
    const got = await published(client, stage.topic, names);
    for (const [n, { topic, alias }] of got.entries()) {
      if (alias !== undefined) assert.ok(alias >= 1 && alias <= 2, `alias ${alias}`);
      if (topic !== '' && alias !== undefined) known.set(alias, topic!);
      assert.equal(topic === '' ? known.get(alias!) : topic, `${stage.topic}/${names[n]}`);
    }
  },

  '[MQTT5-3.3.2-12] every alias up to the broker’s Topic Alias Maximum is taken, and may be changed': async (stage) => {
    const client = await stage.join('c');
    const most = client.connack.properties?.['topicAliasMaximum'] as number | undefined;
    if (!most) return;
    await client.subscribe(`${stage.topic}/#`);
    for (const alias of [1, most]) {
      for (const name of ['a', 'b']) {
        const topic = `${stage.topic}/${name}${alias}`;
        await client.publish(topic, 'named', { properties: [property.topicAlias(alias)] });
        await client.publish('', 'by alias', { properties: [property.topicAlias(alias)] });
        const got = [await client.next('publish'), await client.next('publish')];
        assert.deepEqual(
          got.map((packet) => [packet.topic, packet.payload]),
          [
            [topic, 'named'],
            [topic, 'by alias'],
          ],
        );
        assert.equal(got[0]!.properties?.['topicAlias'], undefined);
      }
    }
  },

  '[MQTT5-3.3.2-7] an alias is forgotten with its connection': async (stage) => {
    const kept = [property.sessionExpiry(60)];
    const client = await stage.join('c', { properties: kept });
    if (!client.connack.properties?.['topicAliasMaximum']) return;
    await client.publish(stage.topic, '', { qos: 1, properties: [property.topicAlias(1)] });
    client.cut();
    const again = await stage.join('c', { clean: false, properties: kept });
    again.send(wire.publish({ version: 5, topic: '', properties: [property.topicAlias(1)] }));
    await again.closes(0x82, 0x94);
  },

  '[MQTT5-3.3.2-7] aliases of the broker are given anew on each connection': async (stage) => {
    const properties = [property.sessionExpiry(60), property.topicAliasMaximum(5)];
    const client = await stage.join('c', { properties });
    await client.subscribe(stage.topic, 1);
    const other = await stage.join('other');
    await other.publish(stage.topic, '1', { qos: 1 });
    await client.accept();
    await client.leave();
    await other.publish(stage.topic, '2', { qos: 1 });
    const again = await stage.join('c', { clean: false, properties });
    assert.equal((await again.accept()).topic, stage.topic);
  },

  '[MQTT5-3.3.2-8] [MQTT5-3.3.2-9] [MQTT5-3.2.2-17] [MQTT5-3.2.2-18] alias 0, one too large or one unknown ends the connection':
    async (stage) => {
      const most = ((await stage.join('c')).connack.properties?.['topicAliasMaximum'] as number | undefined) ?? 0;
      for (const [topic, alias] of [
        [stage.topic, 0],
        [stage.topic, most + 1],
        ['', Math.max(1, most)],
      ] as const) {
        const client = await stage.join('c');
        client.send(wire.publish({ version: 5, topic, properties: [property.topicAlias(alias)] }));
        await client.closes(0x94, 0x82, 0x81);
      }
    },
});

/** Publishes to these topics below `prefix`, and gives topic and alias of what the client, which has subscribed, gets. */
async function published(
  client: Client,
  prefix: string,
  names: readonly string[],
): Promise<{ topic: string | undefined; alias: number | undefined }[]> {
  const got: { topic: string | undefined; alias: number | undefined }[] = [];
  for (const name of names) {
    await client.publish(`${prefix}/${name}`, 'x');
    const { topic, properties } = await client.accept();
    got.push({ topic, alias: properties?.['topicAlias'] as number | undefined });
  }
  return got;
}
