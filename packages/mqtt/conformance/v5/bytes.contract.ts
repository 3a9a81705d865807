import assert from 'node:assert/strict';
import * as wire from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';
import * as property from '../support/properties.ts';

/** A lone continuation, an overlong form, a surrogate, a cut-off sequence, and bytes that never occur. */
const illFormed = [[0x80], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xff, 0xfe], [0xf4, 0x90, 0x80, 0x80]];

export const bytesCases = cases(5, 'plain', {
  '[MQTT5-1.5.4-1] [MQTT5-3.3.2-1] [MQTT5-4.13.1-1] a topic name that is not UTF-8 ends the connection': async (
    stage,
  ) => {
    for (const bytes of illFormed) {
      const client = await stage.join('c');
      client.send(wire.publish({ version: 5, topic: Buffer.concat([Buffer.from(stage.topic), Buffer.from(bytes)]) }));
      await client.closes(0x81, 0x82, 0x90, 0x99);
    }
  },

  '[MQTT5-1.5.4-1] [MQTT5-3.8.3-1] a topic filter that is not UTF-8 ends the connection': async (stage) => {
    for (const bytes of illFormed) {
      const client = await stage.join('c');
      client.send(wire.subscribe([[Buffer.from(bytes), 0]], { version: 5 }));
      await client.closes(0x81, 0x82, 0x8f);
    }
  },

  '[MQTT5-3.10.3-1] a topic filter to unsubscribe from that is not UTF-8 ends the connection': async (stage) => {
    const client = await stage.join('c');
    client.send(wire.unsubscribe([Buffer.of(0xff)], 5));
    await client.closes(0x81, 0x82, 0x8f);
  },

  '[MQTT5-1.5.4-2] [MQTT5-4.7.3-2] U+0000 in a topic name or filter ends the connection': async (stage) => {
    const name = await stage.join('name');
    name.send(wire.publish({ version: 5, topic: `${stage.topic}/a\0b` }));
    await name.closes(0x81, 0x82, 0x90);
    const filter = await stage.join('filter');
    filter.send(wire.subscribe([[`${stage.topic}/a\0b`, 0]], { version: 5 }));
    await filter.closes(0x81, 0x82, 0x8f);
  },

  '[MQTT5-1.5.4-3] U+FEFF is an ordinary character, also at the beginning': async (stage) => {
    const client = await stage.join('c');
    await client.subscribe(`${stage.topic}/\ufeff`);
    await client.publish(`${stage.topic}/`, 'without');
    await client.publish(`${stage.topic}/\ufeff`, 'with');
    const packet = await client.next('publish');
    assert.deepEqual([packet.topic, packet.payload], [`${stage.topic}/\ufeff`, 'with']);
    await client.silent();
  },

  '[MQTT5-1.5.5-1] lengths that the broker sends have no byte too many': async (stage) => {
    const client = await stage.join('c');
    await client.subscribe(stage.topic);
    // Around the sizes at which the remaining length takes one byte more; the reader refuses a longer form.
    for (const size of [127, 128, 16_383, 16_384]) {
      await client.publish(stage.topic, 'x'.repeat(size - 3 - stage.topic.length));
      assert.equal((await client.next('publish')).payload!.length, size - 3 - stage.topic.length);
    }
  },

  '[MQTT5-1.5.5-1] a length of more than four bytes ends the connection': async (stage) => {
    const client = await stage.join('c');
    client.send(Buffer.of(0xc0, 0x80, 0x80, 0x80, 0x80, 0x01));
    await client.closes(0x81);
  },

  '[MQTT5-1.5.5-1] a length with a byte too many ends the connection': async (stage) => {
    const client = await stage.join('c');
    client.send(Buffer.of(0xc0, 0x80, 0x00));
    await client.closes(0x81);
  },

  '[MQTT5-1.5.7-1] a user property that is not UTF-8 ends the connection': async (stage) => {
    const wrong = Buffer.of(0xc0, 0xaf);
    for (const pair of [property.userProperty(wrong, 'value'), property.userProperty('name', wrong)]) {
      const client = await stage.join('c');
      client.send(wire.publish({ version: 5, topic: stage.topic, properties: [pair] }));
      await client.closes(0x81, 0x82);
    }
  },

  '[MQTT5-2.1.3-1] packets with other flags than theirs end the connection': async (stage) => {
    for (const first of [0xc1, 0xc8, 0x41, 0x51, 0x73]) {
      const client = await stage.join('c');
      client.send(first >> 4 === 12 ? wire.packet(first) : wire.packet(first, wire.u16(1)));
      await client.closes(0x81);
    }
  },

  '[MQTT5-2.1.3-1] a packet of type 0 ends the connection': async (stage) => {
    const client = await stage.join('c');
    client.send(wire.packet(0x00));
    await client.closes(0x81, 0x82);
  },

  '[MQTT5-3.6.1-1] PUBREL with other flags than 2 ends the connection': async (stage) => {
    for (const first of [0x60, 0x63, 0x66]) {
      const client = await stage.join('c');
      client.send(wire.packet(first, wire.u16(1)));
      await client.closes(0x81);
    }
  },

  '[MQTT5-3.8.1-1] SUBSCRIBE with other flags than 2 ends the connection': async (stage) => {
    for (const first of [0x80, 0x83, 0x8a]) {
      const client = await stage.join('c');
      client.send(wire.packet(first, wire.u16(1), wire.u8(0), wire.field(stage.topic), wire.u8(0)));
      await client.closes(0x81);
    }
  },

  '[MQTT5-3.10.1-1] UNSUBSCRIBE with other flags than 2 ends the connection': async (stage) => {
    for (const first of [0xa0, 0xa3, 0xaa]) {
      const client = await stage.join('c');
      client.send(wire.packet(first, wire.u16(1), wire.u8(0), wire.field(stage.topic)));
      await client.closes(0x81);
    }
  },

  '[MQTT5-3.14.1-1] DISCONNECT with flags is malformed, so the will is published': async (stage) => {
    const witness = await stage.join('witness');
    await witness.subscribe(stage.topic);
    const client = await stage.join('c', { will: { topic: stage.topic, payload: 'will' } });
    client.send(wire.packet(0xe1));
    await client.closes(0x81);
    assert.equal((await witness.next('publish')).payload, 'will');
  },

  '[MQTT5-3.15.1-1] AUTH with flags ends the connection': async (stage) => {
    const client = await stage.join('c');
    client.send(wire.packet(0xf1, wire.u8(0x19), wire.u8(0)));
    await client.closes(0x81, 0x82);
  },

  '[MQTT5-2.2.1-2] a QoS 0 PUBLISH has no packet identifier': async (stage) => {
    const client = await stage.join('c');
    await client.subscribe(stage.topic, 2);
    await client.publish(stage.topic, '\x00\x07payload');
    const packet = await client.next('publish');
    assert.deepEqual([packet.qos, packet.id, packet.payload], [0, undefined, '\x00\x07payload']);
  },

  '[MQTT5-2.2.1-3] packet identifier 0 ends the connection': async (stage) => {
    for (const bytes of [
      wire.publish({ version: 5, topic: stage.topic, qos: 1, id: 0 }),
      wire.publish({ version: 5, topic: stage.topic, qos: 2, id: 0 }),
      wire.subscribe([[stage.topic, 0]], { version: 5, id: 0 }),
      wire.unsubscribe([stage.topic], 5, 0),
    ]) {
      const client = await stage.join('c');
      client.send(bytes);
      await client.closes(0x81, 0x82);
    }
  },

  '[MQTT5-2.2.1-5] acknowledgements bear the packet identifier of what they answer': async (stage) => {
    const client = await stage.join('c');
    for (const id of [1, 255, 256, 65_535]) {
      assert.equal((await client.publish(stage.topic, '', { qos: 1, id }))!.id, id);
      client.send(wire.publish({ version: 5, topic: stage.topic, qos: 2, id }));
      assert.equal((await client.next('pubrec')).id, id);
      client.send(wire.pubrel(id));
      assert.equal((await client.next('pubcomp')).id, id);
    }
  },

  '[MQTT5-2.2.1-6] SUBACK and UNSUBACK bear the packet identifier of what they answer': async (stage) => {
    const client = await stage.join('c');
    for (const id of [1, 256, 65_535]) {
      client.send(wire.subscribe([[stage.topic, 0]], { version: 5, id }), wire.unsubscribe([stage.topic], 5, id));
      assert.equal((await client.next('suback')).id, id);
      assert.equal((await client.next('unsuback')).id, id);
    }
  },

  '[MQTT5-2.2.2-1] packets without properties say so with a length of zero': async (stage) => {
    const client = await stage.join('c');
    assert.deepEqual((await client.subscribe(stage.topic)).properties, {});
    await client.publish(stage.topic, 'payload');
    const packet = await client.next('publish');
    assert.deepEqual([packet.properties, packet.payload], [{}, 'payload']);
    assert.deepEqual((await client.unsubscribe(stage.topic)).properties, {});
  },

  '[MQTT5-4.13.1-1] properties that do not belong, come twice or run over end the connection': async (stage) => {
    const twice = [property.contentType('a'), property.contentType('b')];
    for (const properties of [[property.receiveMaximum(1)], twice, [Buffer.of(0x03, 0xff, 0xff)], [Buffer.of(0x7f)]]) {
      const client = await stage.join('c');
      client.send(wire.publish({ version: 5, topic: stage.topic, properties }));
      await client.closes(0x81, 0x82);
    }
  },

  '[MQTT5-4.13.1-1] packets that only a server sends end the connection': async (stage) => {
    for (const first of [0x20, 0x90, 0xb0, 0xd0]) {
      const client = await stage.join('c');
      client.send(first === 0xd0 ? wire.packet(first) : wire.packet(first, Buffer.of(0, 1, 0)));
      await client.closes(0x81, 0x82);
    }
  },
});
