import assert from 'node:assert/strict';
import { field, packet, publish, subscribe, u8, u16, unsubscribe } from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';
import { closes, connectOf, unanswered } from './conversation.ts';

/** The same packet, begun with another byte. */
const begun = (first: number, bytes: Uint8Array): Buffer => Buffer.concat([u8(first), bytes.subarray(1)]);
const asSubscribe = (first: number) => begun(first, subscribe([['a', 0]]));
const asUnsubscribe = (first: number) => begun(first, unsubscribe(['a']));
/** Every first byte of a kind but the one that is right. */
const wrongFlags = (right: number): readonly number[] =>
  Array.from({ length: 16 }, (_, flags) => (right & 0xf0) | flags).filter((first) => first !== right);

export const flagsCases = cases(4, 'plain', {
  '[MQTT3-2.2.2-1] [MQTT3-2.2.2-2] a CONNECT with flags in its first byte is not answered': (stage) =>
    unanswered(stage, ...wrongFlags(0x10).map((first) => begun(first, connectOf({}, field('flagged'))))),

  '[MQTT3-2.2.2-1] [MQTT3-2.2.2-2] a PUBACK with flags ends the connection': (stage) =>
    closes(stage, ...wrongFlags(0x40).map((first) => packet(first, u16(1)))),

  '[MQTT3-2.2.2-1] [MQTT3-2.2.2-2] a PUBREC with flags ends the connection': (stage) =>
    closes(stage, ...wrongFlags(0x50).map((first) => packet(first, u16(1)))),

  '[MQTT3-2.2.2-2] [MQTT3-3.6.1-1] a PUBREL with other flags than 2 ends the connection': (stage) =>
    closes(stage, ...wrongFlags(0x62).map((first) => packet(first, u16(1)))),

  '[MQTT3-2.2.2-1] [MQTT3-2.2.2-2] a PUBCOMP with flags ends the connection': (stage) =>
    closes(stage, ...wrongFlags(0x70).map((first) => packet(first, u16(1)))),

  '[MQTT3-2.2.2-2] [MQTT3-3.8.1-1] a SUBSCRIBE with other flags than 2 ends the connection': (stage) =>
    closes(stage, ...wrongFlags(0x82).map(asSubscribe)),

  '[MQTT3-2.2.2-2] [MQTT3-3.10.1-1] an UNSUBSCRIBE with other flags than 2 ends the connection': (stage) =>
    closes(stage, ...wrongFlags(0xa2).map(asUnsubscribe)),

  '[MQTT3-2.2.2-1] [MQTT3-2.2.2-2] a PINGREQ with flags ends the connection': (stage) =>
    closes(stage, ...wrongFlags(0xc0).map((first) => packet(first))),

  '[MQTT3-2.2.2-2] [MQTT3-3.14.1-1] a DISCONNECT with flags is none: the will is published': async (stage) => {
    const watcher = await stage.join('watcher');
    await watcher.subscribe(`${stage.topic}/will`);
    for (const first of wrongFlags(0xe0)) {
      const client = await stage.join('c', { will: { topic: `${stage.topic}/will`, payload: `${first}` } });
      client.send(packet(first));
      assert.deepEqual(await client.ended(), []);
      assert.equal((await watcher.next('publish')).payload, `${first}`);
    }
  },

  '[MQTT3-4.8.0-1] a CONNACK from a client, and kinds of packet that do not exist, end the connection': (stage) =>
    closes(stage, packet(0x20, u8(0), u8(0)), packet(0x00), packet(0xf0)),

  '[MQTT3-4.8.0-1] a SUBACK, UNSUBACK or PINGRESP from a client ends the connection': (stage) =>
    closes(stage, packet(0x90, u16(1), u8(0)), packet(0xb0, u16(1)), packet(0xd0)),

  '[MQTT3-4.8.0-1] a remaining length of more than four bytes ends the connection': (stage) =>
    closes(stage, Buffer.of(0x30, 0xff, 0xff, 0xff, 0xff, 0x01), Buffer.of(0xc0, 0x80, 0x80, 0x80, 0x80, 0x00)),

  '[MQTT3-4.8.0-1] an acknowledgement that is too short ends the connection': (stage) =>
    closes(stage, ...[0x40, 0x50, 0x62, 0x70].flatMap((first) => [packet(first), packet(first, u8(1))])),

  '[MQTT3-4.8.0-1] an acknowledgement that is too long ends the connection': (stage) =>
    closes(stage, ...[0x40, 0x50, 0x62, 0x70].map((first) => packet(first, u16(1), u8(0)))),

  '[MQTT3-4.8.0-1] a PINGREQ with a body ends the connection': (stage) => closes(stage, packet(0xc0, u8(0))),

  '[MQTT3-4.8.0-1] a packet that ends within a field ends the connection': (stage) =>
    closes(
      stage,
      packet(0x32, field('a')),
      packet(0x32, field('a'), u8(0)),
      packet(0x82, u16(1), u16(3), Buffer.from('ab')),
      packet(0x82, u16(1), field('ab')),
      packet(0xa2, u16(1), u16(3), Buffer.from('ab')),
    ),

  '[MQTT3-4.8.0-1] a protocol violation ends the connection it came by, and no other': async (stage) => {
    const [witness, offender] = [await stage.join('witness'), await stage.join('offender')];
    await witness.subscribe(`${stage.topic}/a`);
    offender.send(publish({ topic: `${stage.topic}/a`, payload: 'before' }), packet(0xf0));
    await offender.ended();
    assert.equal((await witness.next('publish')).payload, 'before');
    assert.deepEqual(await witness.settled(), []);
  },
});
