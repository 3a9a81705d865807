import assert from 'node:assert/strict';
import * as wire from '../../test/support/wire.ts';
import { cases, type Stage } from '../support/case.ts';
import type { Client } from '../support/client.ts';
import * as property from '../support/properties.ts';

const counting = property.authenticationMethod('counting');
const saying = (data: string): readonly Buffer[] => [counting, property.authenticationData(data)];

const goOn = 0x18;
const anew = 0x19;

const auth = (code: number, properties: readonly Buffer[]): Buffer => {
  const bytes = Buffer.concat(properties);
  return wire.packet(0xf0, wire.u8(code), wire.varint(bytes.length), bytes);
};

/** The broker's next AUTH: its code and data. Each bears the method of the CONNECT. */
async function asked(client: Client): Promise<readonly [code: number, data: unknown]> {
  const { code, properties } = await client.next('auth');
  assert.equal(properties?.['authenticationMethod'], 'counting');
  return [code!, properties?.['authenticationData']];
}

async function begun(stage: Stage, ...more: readonly Buffer[]): Promise<Client> {
  const client = await stage.dial();
  const properties = [...saying('begin'), ...more];
  client.send(wire.connect({ version: 5, clientId: stage.id('c'), properties }));
  return client;
}

/** A client that has counted its way in. */
async function joined(stage: Stage, ...more: readonly Buffer[]): Promise<Client> {
  const client = await begun(stage, ...more);
  assert.deepEqual(await asked(client), [goOn, '1']);
  client.send(auth(goOn, saying('2')));
  assert.deepEqual(await asked(client), [goOn, '3']);
  client.send(auth(goOn, saying('4')));
  client.connack = await client.next('connack');
  assert.equal(client.connack.code, 0);
  return client;
}

/** On a broker that authenticates by counting. */
export const authCases = cases(5, 'enhanced', {
  '[MQTT5-4.12.0-2] [MQTT5-4.12.0-3] [MQTT5-4.12.0-5] [MQTT5-3.15.2-1] [MQTT5-3.2.0-1] AUTH 0x18 goes to and fro until CONNACK, each with the method':
    async (stage) => {
      const client = await joined(stage);
      assert.deepEqual(
        [client.connack.properties?.['authenticationMethod'], client.connack.properties?.['authenticationData']],
        ['counting', 'welcome'],
      );
      await client.subscribe(stage.topic);
      await client.publish(stage.topic, 'x');
      assert.equal((await client.next('publish')).payload, 'x');
    },

  '[MQTT5-4.12.0-4] the broker may refuse at any point, and then closes': async (stage) => {
    for (const rounds of [0, 1, 2]) {
      const client = await stage.dial();
      const properties = saying(rounds === 0 ? 'no' : 'begin');
      client.send(wire.connect({ version: 5, clientId: stage.id('c'), properties }));
      for (let round = 1; round <= rounds; round++) {
        await asked(client);
        client.send(auth(goOn, saying(round === rounds ? 'no' : `${2 * round}`)));
      }
      const [connack, ...more] = await client.ended();
      assert.deepEqual([connack?.kind, connack?.code, connack?.present, more], ['connack', 0x87, false, []]);
    }
  },

  '[MQTT5-4.12.0-1] a method that is not known is refused with 0x8C': async (stage) => {
    const properties = [property.authenticationMethod('guessing')];
    const [connack] = await stage.refused({ properties });
    assert.equal(connack?.code, 0x8c);
  },

  '[MQTT5-4.12.0-6] who names no method is not asked': async (stage) => {
    const { connack } = await stage.join('c');
    assert.equal(connack.properties?.['authenticationMethod'], undefined);
  },

  '[MQTT5-3.1.2-30] [MQTT5-3.1.4-6] before CONNACK nothing but AUTH and DISCONNECT is taken': async (stage) => {
    const witness = await stage.join('witness');
    await witness.subscribe(stage.topic);
    const publish = wire.publish({ version: 5, topic: stage.topic });
    for (const bytes of [publish, wire.pingreq, wire.connect({ version: 5 }), wire.disconnect()]) {
      const client = await begun(stage);
      await asked(client);
      client.send(bytes, publish);
      assert.deepEqual(await client.ended(), []);
    }
    await witness.silent();
  },

  '[MQTT5-3.1.2-30] a client that speaks before it is asked is closed': async (stage) => {
    const client = await begun(stage);
    await asked(client);
    client.send(auth(goOn, saying('2')), auth(goOn, saying('4')));
    assert.ok(!(await client.ended()).some(({ kind }) => kind === 'connack'));
  },

  '[MQTT5-3.15.2-1] an AUTH with a code of another table ends the connection': async (stage) => {
    for (const code of [0x00, 0x19, 0x87]) {
      const client = await begun(stage);
      await asked(client);
      client.send(auth(code, saying('2')));
      assert.deepEqual(await client.ended(), []);
    }
  },

  '[MQTT5-3.15.1-1] an AUTH with flags ends an authentication': async (stage) => {
    const client = await begun(stage);
    await asked(client);
    const bytes = auth(goOn, saying('2'));
    bytes[0] = 0xf2;
    client.send(bytes);
    assert.deepEqual(await client.ended(), []);
  },

  '[MQTT5-4.12.1-1] a client authenticates anew, and goes on with its session meanwhile': async (stage) => {
    const client = await joined(stage);
    await client.subscribe(stage.topic);
    client.send(auth(anew, saying('begin')));
    assert.deepEqual(await asked(client), [goOn, '1']);
    await client.publish(stage.topic, 'meanwhile');
    assert.equal((await client.next('publish')).payload, 'meanwhile');
    client.send(auth(goOn, saying('2')));
    assert.deepEqual(await asked(client), [goOn, '3']);
    client.send(auth(goOn, saying('4')));
    assert.deepEqual(await asked(client), [0, 'again']);
    await client.silent();
  },

  '[MQTT5-4.12.1-2] who fails to authenticate anew is told and closed': async (stage) => {
    const client = await joined(stage);
    client.send(auth(anew, saying('begin')));
    await asked(client);
    client.send(auth(goOn, saying('no')));
    const [last, ...more] = await client.ended();
    assert.deepEqual([last?.kind, last?.code, more], ['disconnect', 0x87, []]);
  },

  '[MQTT5-4.12.1-1] another method, or an AUTH out of its place, is a protocol error': async (stage) => {
    const other = [property.authenticationMethod('guessing'), property.authenticationData('begin')];
    for (const bytes of [auth(anew, other), auth(anew, []), auth(goOn, saying('2')), wire.packet(0xf0)]) {
      const client = await joined(stage);
      client.send(bytes);
      await client.closes(0x82, 0x81);
    }
    const twice = await joined(stage);
    twice.send(auth(anew, saying('begin')), auth(anew, saying('begin')));
    await asked(twice);
    await twice.closes(0x82);
  },

  '[MQTT5-4.12.0-7] AUTH from a client that has named no method is a protocol error here too': async (stage) => {
    const client = await stage.join('c');
    client.send(auth(anew, saying('begin')));
    await client.closes(0x82);
  },

  '[MQTT5-3.15.2-2] [MQTT5-3.15.2-3] an AUTH has no more than its client takes': async (stage) => {
    const client = await joined(stage, property.maximumPacketSize(60));
    assert.ok(client.largest <= 60, `${client.largest} bytes`);
    const small = await begun(stage, property.maximumPacketSize(10));
    const packets = await small.ended();
    assert.ok(small.largest <= 10 && !packets.some(({ kind }) => kind === 'auth'), JSON.stringify(packets));
  },
});
