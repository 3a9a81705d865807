import assert from 'node:assert/strict';
import { field, pingreq } from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';
import { connectOf, unanswered } from './conversation.ts';

const [id, name, password, topic, message] = ['flagged', 'name', 'password', 'topic', 'message'].map(field) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
  Buffer,
];

export const connectFlagsCases = cases(4, 'plain', {
  '[MQTT3-3.1.2-3] a CONNECT whose reserved flag is set is closed': (stage) =>
    unanswered(stage, connectOf({ flags: 0x03 }, id), connectOf({ flags: 0x07 }, id, topic, message)),

  '[MQTT3-3.1.2-9] a will flag without a will topic or a will message is closed': (stage) =>
    unanswered(stage, connectOf({ flags: 0x06 }, id), connectOf({ flags: 0x06 }, id, topic)),

  '[MQTT3-3.1.2-11] a will in the payload without its flag is closed': (stage) =>
    unanswered(stage, connectOf({}, id, topic, message)),

  '[MQTT3-3.1.2-11] [MQTT3-3.1.2-13] a will QoS without the will flag is closed': (stage) =>
    unanswered(stage, ...[0x08, 0x10, 0x18].map((qos) => connectOf({ flags: 0x02 | qos }, id))),

  '[MQTT3-3.1.2-11] [MQTT3-3.1.2-15] will retain without the will flag is closed': (stage) =>
    unanswered(stage, connectOf({ flags: 0x22 }, id)),

  '[MQTT3-3.1.2-14] will QoS 3 is closed': (stage) => unanswered(stage, connectOf({ flags: 0x1e }, id, topic, message)),

  '[MQTT3-3.1.2-18] a user name in the payload without its flag is closed': (stage) =>
    unanswered(stage, connectOf({}, id, name)),

  '[MQTT3-3.1.2-19] a user name flag without a user name is closed': (stage) =>
    unanswered(stage, connectOf({ flags: 0x82 }, id)),

  '[MQTT3-3.1.2-20] a password in the payload without its flag is closed': (stage) =>
    unanswered(stage, connectOf({ flags: 0x82 }, id, name, password)),

  '[MQTT3-3.1.2-21] a password flag without a password is closed': (stage) =>
    unanswered(stage, connectOf({ flags: 0xc2 }, id, name)),

  '[MQTT3-3.1.2-22] a password flag without the user name flag is closed': (stage) =>
    unanswered(stage, connectOf({ flags: 0x42 }, id, password)),

  '[MQTT3-3.1.2-19] [MQTT3-3.1.2-21] a user name, with a password or without one, is taken': async (stage) => {
    for (const connecting of [
      connectOf({ flags: 0x82 }, field(stage.id('c')), name),
      connectOf({ flags: 0xc2 }, field(stage.id('c')), name, password),
      connectOf({ flags: 0xc2 }, field(stage.id('c')), field(''), field('')),
    ]) {
      const client = await stage.dial();
      client.send(connecting, pingreq);
      assert.deepEqual(await client.next('connack'), { kind: 'connack', present: false, code: 0 });
      await client.next('pingresp');
    }
  },
});
