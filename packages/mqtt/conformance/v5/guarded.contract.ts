import assert from 'node:assert/strict';
import * as wire from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';
import * as property from '../support/properties.ts';

const known = { username: 'operator', password: 'secret' };
const stranger = { username: 'operator', password: 'wrong' };

/** Table 3-1 of section 3.2.2.2. */
const connectCodes = [
  0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99, 0x9a, 0x9b, 0x9c,
  0x9d, 0x9f,
];

/** On a broker that has one user, who may do everything but touch `forbidden`. */
export const guardedCases = cases(5, 'guarded', {
  '[MQTT5-3.1.4-2] [MQTT5-3.2.2-7] [MQTT5-3.2.2-8] [MQTT5-4.13.2-1] who fails the checks is told why and closed':
    async (stage) => {
      for (const fields of [stranger, {}, { ...known, username: 'nobody' }]) {
        const packets = await stage.refused({ clientId: stage.id('c'), ...fields });
        for (const { kind, code } of packets) {
          assert.equal(kind, 'connack');
          assert.ok(connectCodes.includes(code!), `CONNACK says ${code}`);
        }
      }
    },

  '[MQTT5-3.1.3-1] [MQTT5-3.1.2-17] [MQTT5-3.1.2-19] will, user name and password are read in their order': async (
    stage,
  ) => {
    const witness = await stage.join('witness', known);
    await witness.subscribe(`${stage.topic}/#`);
    const will = { topic: `${stage.topic}/will`, payload: 'gone', properties: [property.contentType('text')] };
    const client = await stage.join('c', { ...known, will });
    client.cut();
    const { topic, payload, properties } = await witness.next('publish');
    assert.deepEqual([topic, payload, properties?.['contentType']], [`${stage.topic}/will`, 'gone', 'text']);
  },

  '[MQTT5-3.1.4-6] nothing behind a CONNECT that is refused is processed': async (stage) => {
    const witness = await stage.join('witness', known);
    await witness.subscribe(stage.topic);
    const client = await stage.dial();
    client.send(
      wire.connect({ version: 5, clientId: stage.id('c'), ...stranger, will: { topic: stage.topic, payload: 'will' } }),
      wire.publish({ version: 5, topic: stage.topic, payload: 'publish' }),
    );
    await client.ended();
    await witness.silent();
  },

  '[MQTT5-3.2.2-6] a CONNACK that refuses does not say Session Present': async (stage) => {
    const kept = { ...known, properties: [property.sessionExpiry(60)] };
    await (await stage.join('c', kept)).leave();
    for (const packet of await stage.refused({ clientId: stage.id('c'), clean: false, ...stranger })) {
      assert.equal(packet.present, false);
    }
    assert.equal((await stage.join('c', { ...kept, clean: false })).connack.present, true);
  },

  '[MQTT5-3.2.2-19] [MQTT5-3.2.2-20] a CONNACK that refuses is no larger than its client takes': async (stage) => {
    const client = await stage.dial();
    const properties = [property.maximumPacketSize(5)];
    client.send(wire.connect({ version: 5, clientId: stage.id('c'), ...stranger, properties }));
    const [connack] = await client.ended();
    if (connack) assert.deepEqual(connack.properties, {});
  },

  '[MQTT5-3.4.2-1] [MQTT5-3.5.2-1] [MQTT5-4.3.3-9] what may not be published is refused by a code of its table': async (
    stage,
  ) => {
    const client = await stage.join('c', known);
    const codes = [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
    const once = await client.publish('forbidden/x', '', { qos: 1 });
    assert.ok(once!.code! >= 0x80 && codes.includes(once!.code!), `PUBACK says ${once!.code}`);
    const twice = await client.publish('forbidden/x', '', { qos: 2, id: 5 });
    assert.ok(twice!.kind === 'pubrec' && codes.includes(twice!.code!), JSON.stringify(twice));
    // The identifier is free: what comes with it next is a new message.
    await client.subscribe(stage.topic, 2);
    await client.publish(stage.topic, 'new', { qos: 2, id: 5 });
    assert.equal((await client.find('publish')).payload, 'new');
  },

  '[MQTT5-3.9.3-1] [MQTT5-3.9.3-2] [MQTT5-3.8.4-6] each filter has its own code, in the order of the filters': async (
    stage,
  ) => {
    const client = await stage.join('c', known);
    const filters = [
      [`${stage.topic}/a`, 2],
      ['forbidden/x', 1],
      [`${stage.topic}/b`, 0],
      ['forbidden', 0],
      [`${stage.topic}/c`, 1],
    ] as const;
    client.send(wire.subscribe(filters, { version: 5 }));
    assert.deepEqual((await client.next('suback')).codes, [2, 0x87, 0, 0x87, 1]);
  },

  '[MQTT5-3.8.4-5] [MQTT5-3.8.4-7] a filter that is refused leaves the others as they are': async (stage) => {
    const client = await stage.join('c', known);
    client.send(
      wire.subscribe(
        [
          ['forbidden/+', 0],
          [stage.topic, 0],
        ],
        { version: 5 },
      ),
    );
    const { codes } = await client.next('suback');
    assert.ok(codes![0]! >= 0x80 && codes![1] === 0, `SUBACK says ${codes}`);
    await client.publish(stage.topic, 'x');
    assert.equal((await client.next('publish')).payload, 'x');
  },
});
