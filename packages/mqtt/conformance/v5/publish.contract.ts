import assert from 'node:assert/strict';
import type { Packet } from '../../test/support/parse.ts';
import * as wire from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';
import * as property from '../support/properties.ts';

const pubackCodes = [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];

export const publishCases = cases(5, 'plain', {
  '[MQTT5-3.3.1-2] [MQTT5-4.3.1-1] QoS 0 goes on as QoS 0 with DUP 0': async (stage) => {
    const client = await stage.join('c');
    await client.subscribe(stage.topic, 2);
    await client.publish(stage.topic, 'x');
    const { qos, dup, payload } = await client.next('publish');
    assert.deepEqual([qos, dup, payload], [0, false, 'x']);
  },

  '[MQTT5-3.3.1-2] a QoS 0 PUBLISH with DUP 1 ends the connection': async (stage) => {
    const client = await stage.join('c');
    client.send(wire.publish({ version: 5, topic: stage.topic, dup: true }));
    await client.closes(0x81, 0x82);
  },

  '[MQTT5-3.3.1-3] [MQTT5-4.3.2-2] [MQTT5-4.3.3-2] DUP of what comes in says nothing about what goes out': async (
    stage,
  ) => {
    const client = await stage.join('c');
    await client.subscribe(stage.topic, 2);
    for (const qos of [1, 2]) {
      await client.publish(stage.topic, 'x', { qos, dup: true });
      const packet = await client.accept();
      assert.deepEqual([packet.qos, packet.dup], [qos, false]);
    }
  },

  '[MQTT5-3.3.1-4] QoS 3 ends the connection': async (stage) => {
    const client = await stage.join('c');
    client.send(wire.publish({ version: 5, topic: stage.topic, qos: 3 }));
    await client.closes(0x81);
  },

  '[MQTT5-3.3.2-2] [MQTT5-4.7.0-1] a topic name with a wildcard ends the connection': async (stage) => {
    for (const topic of ['#', '+', `${stage.topic}/+`, `${stage.topic}/#`, `${stage.topic}/a+`]) {
      const client = await stage.join('c');
      client.send(wire.publish({ version: 5, topic }));
      await client.closes(0x90, 0x81, 0x82);
    }
  },

  '[MQTT5-3.3.2-3] the topic name that goes out is the one that came in': async (stage) => {
    const client = await stage.join('c');
    await client.subscribe(`${stage.topic}/+/#`);
    for (const topic of [`${stage.topic}/a`, `${stage.topic}//`, `${stage.topic}/ü /x`]) {
      await client.publish(topic, 'x');
      assert.equal((await client.next('publish')).topic, topic);
    }
  },

  '[MQTT5-4.7.3-1] an empty topic name or filter ends the connection': async (stage) => {
    const name = await stage.join('name');
    name.send(wire.publish({ version: 5, topic: '' }));
    await name.closes(0x81, 0x82, 0x90);
    const filter = await stage.join('filter');
    filter.send(wire.subscribe([['', 0]], { version: 5 }));
    await filter.closes(0x81, 0x82, 0x8f);
  },

  '[MQTT5-4.7.3-3] topic names of up to 65,535 bytes are taken or refused, never cut': async (stage) => {
    const client = await stage.join('c');
    await client.subscribe(`${stage.topic}#`.replace('#', '/#'));
    const topic = `${stage.topic}/${'x'.repeat(65_534 - stage.topic.length)}`;
    await client.publish(topic, 'x');
    assert.equal((await client.next('publish')).topic, topic);
  },

  '[MQTT5-3.3.2-4] [MQTT5-3.3.2-15] [MQTT5-3.3.2-16] [MQTT5-3.3.2-17] [MQTT5-3.3.2-18] [MQTT5-3.3.2-20] what describes a message arrives with it, unaltered and in order':
    async (stage) => {
      const client = await stage.join('c');
      await client.subscribe(stage.topic, 2);
      for (const qos of [0, 1, 2]) {
        await client.publish(stage.topic, 'x', { qos, properties: described });
        assert.deepEqual((await client.accept()).properties, descriptionOf());
      }
    },

  '[MQTT5-3.3.2-13] [MQTT5-3.3.2-19] response topic and content type have to be UTF-8': async (stage) => {
    for (const wrong of [property.responseTopic(Buffer.of(0xff)), property.contentType(Buffer.of(0xc0, 0xaf))]) {
      const client = await stage.join('c');
      client.send(wire.publish({ version: 5, topic: stage.topic, properties: [wrong] }));
      await client.closes(0x81, 0x82);
    }
  },

  '[MQTT5-3.3.2-14] a response topic with a wildcard ends the connection': async (stage) => {
    for (const topic of ['+', `${stage.topic}/#`]) {
      const client = await stage.join('c');
      client.send(wire.publish({ version: 5, topic: stage.topic, properties: [property.responseTopic(topic)] }));
      await client.closes(0x81, 0x82, 0x90);
    }
  },

  '[MQTT5-3.3.4-1] [MQTT5-3.4.2-1] [MQTT5-3.5.2-1] [MQTT5-3.7.2-1] each QoS is answered with its packet and a code of its table':
    async (stage) => {
      const client = await stage.join('c');
      client.send(wire.publish({ version: 5, topic: stage.topic }));
      await client.silent();
      client.send(wire.publish({ version: 5, topic: stage.topic, qos: 1, id: 3 }));
      const puback = await client.next('puback');
      assert.ok(puback.id === 3 && pubackCodes.includes(puback.code!), JSON.stringify(puback));
      client.send(wire.publish({ version: 5, topic: stage.topic, qos: 2, id: 3 }));
      const pubrec = await client.next('pubrec');
      assert.ok(pubrec.id === 3 && pubackCodes.includes(pubrec.code!), JSON.stringify(pubrec));
      client.send(wire.pubrel(3));
      assert.deepEqual(codeOf(await client.next('pubcomp')), [3, 0]);
    },

  '[MQTT5-3.7.2-1] PUBREL of an unknown identifier is answered with 0x92 in PUBCOMP': async (stage) => {
    const client = await stage.join('c');
    client.send(wire.pubrel(4_321));
    assert.deepEqual(codeOf(await client.next('pubcomp')), [4_321, 0x92]);
  },

  '[MQTT5-3.6.2-1] PUBREC of an unknown identifier is answered with 0x92 in PUBREL': async (stage) => {
    const client = await stage.join('c');
    client.send(wire.pubrec(4_321));
    assert.deepEqual(codeOf(await client.next('pubrel')), [4_321, 0x92]);
  },

  '[MQTT5-3.3.4-6] a client that sends a subscription identifier in PUBLISH is closed': async (stage) => {
    const client = await stage.join('c');
    client.send(wire.publish({ version: 5, topic: stage.topic, properties: [property.subscriptionId(1)] }));
    await client.closes(0x81, 0x82);
  },

  '[MQTT5-4.6.0-5] [MQTT5-4.6.0-6] messages of one topic arrive in the order they came, at each QoS': async (stage) => {
    const listener = await stage.join('listener');
    await listener.subscribe(`${stage.topic}/+`, 2);
    const client = await stage.join('c');
    const numbers = Array.from({ length: 20 }, (_, n) => `${n}`);
    for (const qos of [0, 1, 2]) {
      const topic = `${stage.topic}/${qos}`;
      for (const [n, payload] of numbers.entries()) {
        client.send(wire.publish({ version: 5, topic, payload, qos, id: n + 1 }));
        if (qos === 2) client.send(wire.pubrel(n + 1));
      }
      for (const payload of numbers) assert.equal((await listener.accept()).payload, payload);
    }
  },

  '[MQTT5-4.3.2-4] [MQTT5-4.3.2-5] after PUBACK the identifier stands for a new message, also with DUP': async (
    stage,
  ) => {
    const listener = await stage.join('listener');
    await listener.subscribe(stage.topic);
    const client = await stage.join('c');
    await client.publish(stage.topic, 'one', { qos: 1, id: 9 });
    await client.publish(stage.topic, 'two', { qos: 1, id: 9, dup: true });
    assert.deepEqual((await listener.settled()).map(payloadOf), ['one', 'two']);
  },

  '[MQTT5-4.3.3-8] [MQTT5-4.3.3-10] until PUBREL a QoS 2 identifier stands for one message, however often it comes':
    async (stage) => {
      const listener = await stage.join('listener');
      await listener.subscribe(stage.topic);
      const client = await stage.join('c');
      for (const dup of [false, true, true]) {
        client.send(wire.publish({ version: 5, topic: stage.topic, payload: 'x', qos: 2, id: 9, dup }));
        assert.equal((await client.next('pubrec')).id, 9);
      }
      client.send(wire.pubrel(9));
      await client.next('pubcomp');
      assert.deepEqual((await listener.settled()).map(payloadOf), ['x']);
    },

  '[MQTT5-4.3.3-11] [MQTT5-4.3.3-12] after PUBCOMP a QoS 2 identifier stands for a new message': async (stage) => {
    const listener = await stage.join('listener');
    await listener.subscribe(stage.topic);
    const client = await stage.join('c');
    await client.publish(stage.topic, 'one', { qos: 2, id: 9 });
    await client.publish(stage.topic, 'two', { qos: 2, id: 9, dup: true });
    assert.deepEqual((await listener.settled()).map(payloadOf), ['one', 'two']);
  },

  '[MQTT5-4.3.3-4] PUBREC is answered with PUBREL of the same identifier': async (stage) => {
    const client = await stage.join('c');
    await client.subscribe(stage.topic, 2);
    await client.publish(stage.topic, 'x', { qos: 2 });
    const { id } = await client.next('publish');
    client.send(wire.pubrec(id!));
    assert.deepEqual(codeOf(await client.next('pubrel')), [id, 0]);
    client.send(wire.pubcomp(id!));
    await client.silent();
  },
});

const described = [
  property.payloadFormat(1),
  property.contentType('text/plain; charset=utf-8'),
  property.responseTopic('answers/to me'),
  property.correlationData(Buffer.of(0, 255, 1)),
  property.userProperty('b', '1'),
  property.userProperty('a', '2'),
  property.userProperty('b', '1'),
  property.userProperty('', ''),
];

const descriptionOf = (): Record<string, unknown> => ({
  payloadFormat: 1,
  contentType: 'text/plain; charset=utf-8',
  responseTopic: 'answers/to me',
  correlationData: '\x00\xff\x01',
  userProperties: [
    ['b', '1'],
    ['a', '2'],
    ['b', '1'],
    ['', ''],
  ],
});

const payloadOf = ({ payload }: Packet): string | undefined => payload;
const codeOf = ({ id, code }: Packet): (number | undefined)[] => [id, code];
