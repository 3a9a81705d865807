import assert from 'node:assert/strict';
import * as wire from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';
import * as property from '../support/properties.ts';

/** Table 3-10 of section 3.14.2.1: those that a server may send. */
const disconnectCodes = [
  0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a,
  0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
];

export const disconnectCases = cases(5, 'plain', {
  '[MQTT5-3.14.2-1] [MQTT5-3.14.2-2] [MQTT5-4.13.2-1] a DISCONNECT has a code of its table, no session expiry, and is the end':
    async (stage) => {
      const wrongs = [
        wire.connect({ version: 5, clientId: stage.id('c') }),
        wire.publish({ version: 5, topic: `${stage.topic}/+` }),
        wire.publish({ version: 5, topic: '' }),
        wire.subscribe([], { version: 5 }),
        wire.packet(0xf0, wire.u8(0x18), wire.u8(0)),
        Buffer.of(0xc0, 0xff, 0xff, 0xff, 0xff, 0xff),
      ];
      for (const wrong of wrongs) {
        const client = await stage.join('c', { properties: [property.sessionExpiry(60)] });
        client.send(wrong);
        const last = (await client.ended()).at(-1);
        if (!last) continue;
        assert.equal(last.kind, 'disconnect');
        assert.ok(disconnectCodes.includes(last.code!), `DISCONNECT says ${last.code}`);
        assert.equal(last.properties?.['sessionExpiry'], undefined);
      }
    },

  '[MQTT5-3.14.2-3] [MQTT5-3.14.2-4] a DISCONNECT is no larger than its client takes': async (stage) => {
    const client = await stage.join('c', { properties: [property.maximumPacketSize(40)] });
    client.send(wire.publish({ version: 5, topic: `${stage.topic}/#` }));
    await client.ended();
    assert.ok(client.largest <= 40, `${client.largest} bytes`);
  },

  '[MQTT5-3.14.4-1] [MQTT5-3.14.4-2] after its DISCONNECT a client is not listened to, and closed': async (stage) => {
    const witness = await stage.join('witness');
    await witness.subscribe(stage.topic);
    const client = await stage.join('c');
    client.send(wire.disconnect(), wire.publish({ version: 5, topic: stage.topic, payload: 'late' }), wire.pingreq);
    assert.deepEqual(await client.ended(), []);
    await witness.silent();
  },

  '[MQTT5-3.14.4-3] [MQTT5-3.1.2-10] [MQTT5-3.1.2-8] a DISCONNECT with 0x00 discards the will': async (stage) => {
    const witness = await stage.join('witness');
    await witness.subscribe(stage.topic);
    const will = { topic: stage.topic, payload: 'will' };
    for (const code of [undefined, 0]) await (await stage.join('c', { will })).leave(code);
    await witness.silent();
    await (await stage.join('c', { will })).leave(4);
    assert.equal((await witness.next('publish')).payload, 'will');
  },

  '[MQTT5-3.14.4-3] a DISCONNECT with any other code leaves the will in force': async (stage) => {
    const witness = await stage.join('witness');
    await witness.subscribe(stage.topic);
    for (const code of [0x80, 0x81, 0x98]) {
      await (await stage.join('c', { will: { topic: stage.topic, payload: `${code}` } })).leave(code);
      assert.equal((await witness.next('publish')).payload, `${code}`);
    }
  },

  '[MQTT5-4.13.1-1] a session expiry at the end where there was none at the beginning is a protocol error': async (
    stage,
  ) => {
    const client = await stage.join('c');
    client.send(wire.disconnect(0, [property.sessionExpiry(10)]));
    await client.closes(0x82);
  },

  '[MQTT5-3.4.2-2] [MQTT5-3.4.2-3] [MQTT5-3.5.2-2] [MQTT5-3.5.2-3] [MQTT5-3.6.2-2] [MQTT5-3.6.2-3] [MQTT5-3.7.2-2] [MQTT5-3.7.2-3] [MQTT5-3.9.2-1] [MQTT5-3.9.2-2] [MQTT5-3.11.2-1] [MQTT5-3.11.2-2] no answer is larger than its client takes':
    async (stage) => {
      const client = await stage.join('c', { properties: [property.maximumPacketSize(30)] });
      client.send(
        wire.subscribe([[`${stage.topic}/a`, 0]], { version: 5, id: 2 }),
        wire.unsubscribe([`${stage.topic}/nothing`], 5, 3),
        wire.publish({ version: 5, topic: '$SYS/no', qos: 1, id: 4 }),
        wire.publish({ version: 5, topic: '$SYS/no', qos: 2, id: 5 }),
        wire.pubrel(999),
        wire.pubrec(998),
        wire.pingreq,
      );
      await client.find('pingresp');
      assert.ok(client.largest <= 30, `${client.largest} bytes`);
    },

  // [MQB-143]
  '[MQTT5-3.1.2-24] no answer exceeds what its client takes, rather the connection ends': async (stage) => {
    const small = await stage.dial();
    small.send(wire.connect({ version: 5, clientId: '', properties: [property.maximumPacketSize(4)] }));
    await small.ended();
    assert.ok(small.largest <= 4, `CONNACK of ${small.largest} bytes`);
    const client = await stage.join('c', { properties: [property.maximumPacketSize(30)] });
    const filters = Array.from({ length: 40 }, (_, n) => [`${stage.topic}/${n}`, 0] as const);
    client.send(wire.subscribe(filters, { version: 5 }));
    await client.closes(0x95);
    assert.ok(client.largest <= 30, `SUBACK of ${client.largest} bytes`);
  },
});
