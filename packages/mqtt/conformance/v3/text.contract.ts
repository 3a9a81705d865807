import assert from 'node:assert/strict';
import { field, packet, publish, subscribe, u8, u16, unsubscribe } from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';
import { closes, connectOf, heard, unanswered } from './conversation.ts';

/** Bytes that are no UTF-8: a lone and a missing continuation, an overlong form, a surrogate, beyond U+10FFFF, no lead. */
const illFormed = ['80', 'e282', 'c0af', 'eda080', 'edbfbf', 'f4908080', 'ff'].map((hex) =>
  Buffer.concat([Buffer.from('a'), Buffer.from(hex, 'hex')]),
);
const zero = 'a\0b';

const withClientId = (text: Uint8Array | string) => connectOf({}, field(text));
const withWillTopic = (text: Uint8Array | string) =>
  connectOf({ flags: 0x06 }, field('willed'), field(text), field('gone'));
const withUserName = (text: Uint8Array | string) => connectOf({ flags: 0x82 }, field('named'), field(text));
const subscribing = (text: Uint8Array) => packet(0x82, u16(1), field(text), u8(0));
const unsubscribing = (text: Uint8Array) => packet(0xa2, u16(1), field(text));

export const textCases = cases(4, 'plain', {
  '[MQTT3-1.5.3-1] [MQTT3-3.1.3-4] a client identifier that is not UTF-8 ends the connection': (stage) =>
    unanswered(stage, ...illFormed.map(withClientId)),

  '[MQTT3-1.5.3-1] [MQTT3-3.1.3-10] a will topic that is not UTF-8 ends the connection': (stage) =>
    unanswered(stage, ...illFormed.map(withWillTopic)),

  '[MQTT3-1.5.3-1] [MQTT3-3.1.3-11] a user name that is not UTF-8 ends the connection': (stage) =>
    unanswered(stage, ...illFormed.map(withUserName)),

  '[MQTT3-1.5.3-1] [MQTT3-3.3.2-1] a topic that is not UTF-8 ends the connection': (stage) =>
    closes(stage, ...illFormed.map((topic) => publish({ topic }))),

  '[MQTT3-3.3.2-1] a PUBLISH without a whole topic ends the connection': (stage) =>
    closes(stage, packet(0x30), packet(0x30, u8(0)), packet(0x30, u16(3), Buffer.from('ab'))),

  '[MQTT3-1.5.3-1] [MQTT3-3.8.3-1] a SUBSCRIBE whose filter is not UTF-8 ends the connection': (stage) =>
    closes(stage, ...illFormed.map(subscribing)),

  '[MQTT3-1.5.3-1] [MQTT3-3.10.3-1] an UNSUBSCRIBE whose filter is not UTF-8 ends the connection': (stage) =>
    closes(stage, ...illFormed.map(unsubscribing)),

  '[MQTT3-1.5.3-2] U+0000 in a CONNECT ends the connection': (stage) =>
    unanswered(stage, withClientId(zero), withWillTopic(zero), withUserName(zero)),

  '[MQTT3-1.5.3-2] [MQTT3-4.7.3-2] U+0000 in a topic or filter ends the connection': (stage) =>
    closes(stage, publish({ topic: zero }), subscribe([[zero, 0]]), unsubscribe([zero])),

  '[MQTT3-1.5.3-3] a byte order mark is a character like others': async (stage) => {
    const [client, topic] = [await stage.join('c'), `${stage.topic}/\ufeffmarked`];
    await client.subscribe(topic);
    await client.publish(`${stage.topic}/marked`, 'without');
    await client.publish(topic, 'with');
    assert.deepEqual(
      (await heard(client, client)).map((one) => [one.topic, one.payload]),
      [[topic, 'with']],
    );
  },

  '[MQTT3-1.5.3-1] characters of one to four bytes arrive as they were sent': async (stage) => {
    const [client, topic] = [await stage.join('c'), `${stage.topic}/zé水😀`];
    await client.subscribe(topic);
    await client.publish(topic, 'x');
    assert.equal((await client.next('publish')).topic, topic);
  },
});
