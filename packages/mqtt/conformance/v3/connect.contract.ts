import assert from 'node:assert/strict';
import { connect, field, packet, pingreq, publish, subscribe, u8, u16 } from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';
import { connectOf, heard, payloads, unanswered } from './conversation.ts';

const operator = { username: 'operator', password: 'secret' };

export const connectCases = cases(4, 'plain', {
  '[MQTT3-3.1.0-1] what does not begin with CONNECT is closed': (stage) =>
    unanswered(
      stage,
      pingreq,
      publish({ topic: stage.topic, qos: 1 }),
      subscribe([[stage.topic, 0]]),
      packet(0xe0),
      packet(0x20, u8(0), u8(0)),
    ),

  '[MQTT3-3.1.0-2] a second CONNECT ends the connection, unanswered': async (stage) => {
    const client = await stage.join('c');
    client.send(connect({ clientId: stage.id('c') }), pingreq);
    assert.deepEqual(await client.ended(), []);
  },

  '[MQTT3-3.1.2-1] another protocol name is not served': async (stage) => {
    for (const protocol of ['mqtt', 'MQTTX', 'MQT', '', 'HTTP']) {
      const client = await stage.dial();
      client.send(connectOf({ protocol }, field(stage.id('c'))), pingreq);
      assert.ok(!(await client.ended()).some(({ code }) => code === 0), `${protocol} is served`);
    }
  },

  '[MQTT3-3.1.2-2] a protocol level that is not supported is told return code 1, then closed': async (stage) => {
    for (const level of [0, 1, 2, 3]) {
      const client = await stage.dial();
      client.send(connectOf({ level }, field(stage.id('c'))), pingreq);
      assert.deepEqual(await client.ended(), [{ kind: 'connack', present: false, code: 1 }], `level ${level}`);
    }
  },

  '[MQTT3-3.1.2-2] MQTT 3.1, which calls itself MQIsdp, is told return code 1, then closed': async (stage) => {
    const client = await stage.dial();
    client.send(connectOf({ protocol: 'MQIsdp', level: 3 }, field(stage.id('c'))), pingreq);
    assert.deepEqual(await client.ended(), [{ kind: 'connack', present: false, code: 1 }]);
  },

  '[MQTT3-3.1.3-3] [MQTT3-3.1.4-1] a CONNECT without a client identifier field is closed without CONNACK': (stage) =>
    unanswered(stage, connectOf({}), connectOf({}, u8(0))),

  '[MQTT3-3.1.4-1] a CONNECT that is cut off is closed without CONNACK': (stage) =>
    unanswered(
      stage,
      packet(0x10),
      packet(0x10, u16(4)),
      packet(0x10, field('MQTT')),
      packet(0x10, field('MQTT'), u8(4)),
      packet(0x10, field('MQTT'), u8(4), u8(2)),
      packet(0x10, field('MQTT'), u8(4), u8(2), u8(0)),
      connectOf({}, u16(5), Buffer.from('four')),
    ),

  '[MQTT3-3.1.4-1] a CONNECT with bytes behind its last field is closed without CONNACK': (stage) =>
    unanswered(stage, connectOf({}, field(stage.id('c')), u8(0)), connectOf({}, field(stage.id('c')), field('more'))),

  '[MQTT3-3.1.4-4] [MQTT3-3.2.0-1] an accepted CONNECT is answered with CONNACK, return code 0, before all else':
    async (stage) => {
      const subscriber = await stage.join('s', { clean: false });
      await subscriber.subscribe(stage.topic, 1);
      await subscriber.leave();
      await (await stage.join('p')).publish(stage.topic, 'waiting', { qos: 1 });
      const again = await stage.dial();
      again.send(connect({ clientId: stage.id('s'), clean: false }));
      assert.equal((await again.next('connack')).code, 0);
      assert.equal((await again.next('publish')).payload, 'waiting');
    },

  '[MQTT3-3.1.4-5] nothing behind a refused CONNECT is processed': async (stage) => {
    const witness = await stage.join('w');
    await witness.subscribe(stage.topic);
    const refused = await stage.dial();
    refused.send(
      connect({ clientId: '', clean: false }),
      publish({ topic: stage.topic, payload: 'from nobody', retain: true }),
      subscribe([[stage.topic, 0]]),
      pingreq,
    );
    assert.deepEqual(
      (await refused.ended()).map(({ kind }) => kind),
      ['connack'],
    );
    await witness.publish(stage.topic, 'fence');
    assert.equal((await witness.next('publish')).payload, 'fence');
    await witness.subscribe(stage.topic);
    assert.deepEqual(await witness.settled(), []);
  },

  '[MQTT3-3.2.2-4] [MQTT3-3.2.2-5] a refusing CONNACK says session present 0, and then the connection ends': async (
    stage,
  ) => {
    assert.deepEqual(await stage.refused({ clientId: '', clean: false }), [
      { kind: 'connack', present: false, code: 2 },
    ]);
  },

  '[MQTT3-3.2.2-6] a will topic that is none has no return code: the connection ends without CONNACK': (stage) => {
    const willing = (topic: string) =>
      connect({ clientId: stage.id('c'), will: { topic: `${stage.topic}${topic}`, payload: 'x' } });
    return unanswered(stage, willing('/+'), willing('/#'));
  },

  '[MQTT3-7.1.1-1] a byte stream is served, however it is cut': async (stage) => {
    const client = await stage.dial();
    const connecting = connect({ clientId: stage.id('c') });
    for (const byte of Buffer.concat([connecting, subscribe([[stage.topic, 0]])])) client.send(u8(byte));
    assert.equal((await client.next('connack')).code, 0);
    await client.next('suback');
    const two = Buffer.concat([publish({ topic: stage.topic, payload: 'one' }), publish({ topic: stage.topic })]);
    client.send(two.subarray(0, 7));
    client.send(two.subarray(7));
    assert.deepEqual(payloads([await client.next('publish'), await client.next('publish')]), ['one', '']);
  },

  '[MQTT3-7.0.0-2] [MQTT3-7.1.1-1] a client need not wait for CONNACK, nor use anything beyond the standard': async (
    stage,
  ) => {
    const client = await stage.dial();
    client.send(
      connect({ clientId: stage.id('c') }),
      subscribe([[stage.topic, 1]], { id: 1 }),
      publish({ topic: stage.topic, payload: 'at once', qos: 1, id: 2 }),
    );
    assert.equal((await client.next('connack')).code, 0);
    assert.equal((await client.find('suback')).id, 1);
    assert.equal((await client.find('puback')).id, 2);
    assert.equal((await client.find('publish')).payload, 'at once');
  },
});

export const guardedConnectCases = cases(4, 'guarded', {
  '[MQTT3-3.2.2-4] [MQTT3-3.2.2-5] a wrong password is told return code 4 or 5, then closed': async (stage) => {
    for (const password of ['wrong', '']) {
      const [connack, ...more] = await stage.refused({ clientId: stage.id('c'), username: 'operator', password });
      assert.ok(connack?.code === 4 || connack?.code === 5, `return code ${connack?.code}`);
      assert.equal(connack.present, false);
      assert.deepEqual(more, []);
    }
  },

  '[MQTT3-3.1.4-5] nothing behind a CONNECT with a wrong password is processed': async (stage) => {
    const witness = await stage.join('w', operator);
    await witness.subscribe(stage.topic);
    const refused = await stage.dial();
    refused.send(
      connect({ clientId: stage.id('c'), ...operator, password: 'wrong' }),
      publish({ topic: stage.topic, payload: 'from nobody', qos: 1 }),
      pingreq,
    );
    assert.deepEqual(
      (await refused.ended()).map(({ kind }) => kind),
      ['connack'],
    );
    await witness.publish(stage.topic, 'fence');
    assert.deepEqual(
      (await heard(witness, witness)).map(({ payload }) => payload),
      ['fence'],
    );
  },

  '[MQTT3-3.1.3-1] client identifier, will topic, will message, user name and password are read in this order': async (
    stage,
  ) => {
    const witness = await stage.join('w', operator);
    await witness.subscribe(`${stage.topic}/will`);
    const client = await stage.join('c', { ...operator, will: { topic: `${stage.topic}/will`, payload: 'lost' } });
    client.cut();
    assert.equal((await witness.next('publish')).payload, 'lost');
  },
});
