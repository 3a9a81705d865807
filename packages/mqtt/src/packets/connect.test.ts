import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as wire from '../../test/support/wire.ts';
import { decodeConnect } from './connect.ts';

const limits = { propertiesMax: 4 };
/** Decodes a packet given with its fixed header, whose length takes one or two bytes. */
const decode = (packet: Buffer) => decodeConnect(packet, packet[1]! < 0x80 ? 2 : 3, packet.length, limits);
const raw = (...parts: Uint8Array[]): Buffer => wire.packet(0x10, ...parts);
const head = (version: number, flags: number) => [wire.field('MQTT'), Buffer.of(version, flags), wire.u16(0)];
const pair = wire.property(0x26, wire.field('a'), wire.field('b'));

test('connect: all fields of version 4', () => {
  const packet = wire.connect({
    clientId: 'c1',
    clean: false,
    keepAlive: 300,
    username: 'user',
    password: 'secret',
    will: { topic: 'gone', payload: 'c1', qos: 2, retain: true },
  });
  assert.deepEqual(decode(packet), {
    ok: true,
    value: {
      version: 4,
      cleanStart: false,
      keepAlive: 300,
      properties: {},
      clientId: 'c1',
      will: { topic: 'gone', payload: Buffer.from('c1'), qos: 2, retain: true, properties: {} },
      username: 'user',
      password: Buffer.from('secret'),
    },
  });
});

test('connect: all properties of version 5, of the client and of its will', () => {
  const packet = wire.connect({
    version: 5,
    clientId: '',
    password: 'only',
    properties: [
      wire.property(0x11, wire.u32(0xffffffff)),
      wire.property(0x21, wire.u16(10)),
      wire.property(0x27, wire.u32(1_000)),
      wire.property(0x22, wire.u16(5)),
      wire.property(0x19, wire.u8(1)),
      wire.property(0x17, wire.u8(0)),
      pair,
      pair,
    ],
    will: { topic: 't', payload: '', properties: [wire.property(0x18, wire.u32(7)), wire.property(2, wire.u32(9))] },
  });
  const decoded = decode(packet);
  assert.equal(decoded.ok, true);
  assert.deepEqual(decoded.ok && decoded.value.properties, {
    sessionExpiry: 0xffffffff,
    receiveMaximum: 10,
    maximumPacketSize: 1_000,
    topicAliasMaximum: 5,
    requestResponseInformation: 1,
    requestProblemInformation: 0,
    userProperties: [
      ['a', 'b'],
      ['a', 'b'],
    ],
  });
  assert.deepEqual(decoded.ok && decoded.value.will?.properties, { willDelay: 7, messageExpiry: 9 });
  assert.deepEqual(decoded.ok && [decoded.value.username, decoded.value.password?.toString()], [undefined, 'only']);
});

/** Why it is wrong, the packet, the reason code, and the version of the CONNACK that may say so. */
const malformed: [why: string, packet: Buffer, code: number, reply: 4 | 5 | undefined][] = [
  ['nothing', raw(), 0x81, undefined],
  ['another protocol', raw(wire.field('HTTP'), Buffer.of(4, 2), wire.u16(0), wire.field('c')), 0x84, undefined],
  [
    'the name in small letters',
    raw(wire.field('mqtt'), Buffer.of(4, 2), wire.u16(0), wire.field('c')),
    0x84,
    undefined,
  ],
  ['MQTT 3.1', raw(wire.field('MQIsdp'), Buffer.of(3, 2), wire.u16(0), wire.field('c')), 0x84, 4],
  ['version 0', raw(...head(0, 2), wire.field('c')), 0x84, 4],
  ['version 6', raw(...head(6, 2), wire.field('c')), 0x84, 5],
  ['no flags', raw(wire.field('MQTT'), Buffer.of(4)), 0x81, undefined],
  ['half a keep-alive', raw(wire.field('MQTT'), Buffer.of(4, 2, 0)), 0x81, undefined],
  ['no client identifier', raw(...head(4, 2)), 0x81, undefined],
  ['the reserved flag [MQTT-3.1.2-3]', raw(...head(4, 3), wire.field('c')), 0x81, undefined],
  ['the reserved flag, version 5', raw(...head(5, 3), wire.u8(0), wire.field('c')), 0x81, 5],
  [
    'will QoS 3 [MQTT-3.1.2-12]',
    raw(...head(4, 0x1e), wire.field('c'), wire.field('t'), wire.field('')),
    0x81,
    undefined,
  ],
  ['will QoS without a will [MQTT-3.1.2-11]', raw(...head(4, 0x0a), wire.field('c')), 0x81, undefined],
  ['will retain without a will [MQTT-3.1.2-13]', raw(...head(4, 0x22), wire.field('c')), 0x81, undefined],
  ['a will flag without a will [MQTT-3.1.2-9]', raw(...head(4, 0x06), wire.field('c')), 0x81, undefined],
  ['version 4 with a password alone', raw(...head(4, 0x42), wire.field('c'), wire.field('p')), 0x81, undefined],
  ['a user name flag without one [MQTT-3.1.2-17]', raw(...head(4, 0x82), wire.field('c')), 0x81, undefined],
  [
    'a user name without its flag [MQTT-3.1.2-16]',
    raw(...head(4, 2), wire.field('c'), wire.field('u')),
    0x81,
    undefined,
  ],
  ['an empty identifier for a kept session', raw(...head(4, 0), wire.field('')), 0x85, 4],
  [
    'a client identifier that is not UTF-8 [MQTT-3.1.3-4]',
    raw(...head(4, 2), wire.field(Buffer.of(0xff))),
    0x81,
    undefined,
  ],
  ['a client identifier with U+0000', raw(...head(5, 2), wire.u8(0), wire.field('a\0')), 0x81, 5],
  [
    'a surrogate in a user name',
    raw(...head(4, 0x82), wire.field('c'), wire.field(Buffer.of(0xed, 0xa0, 0x80))),
    0x81,
    undefined,
  ],
  ['an overlong encoding', raw(...head(4, 2), wire.field(Buffer.of(0xc0, 0x80))), 0x81, undefined],
  ['no property length', raw(...head(5, 2)), 0x81, 5],
  ['properties that run past the packet', raw(...head(5, 2), wire.u8(9), wire.field('c')), 0x81, 5],
  [
    'a property that runs past the properties',
    raw(...head(5, 2), Buffer.of(2, 0x11, 0), wire.field('cccccc')),
    0x81,
    5,
  ],
  ['an unknown property', raw(...head(5, 2), Buffer.of(2, 0x7f, 0), wire.field('c')), 0x81, 5],
  ['a property of another packet', raw(...head(5, 2), Buffer.of(3, 0x23, 0, 1), wire.field('c')), 0x81, 5],
  ['a property twice', raw(...head(5, 2), Buffer.of(6, 0x21, 0, 1, 0x21, 0, 1), wire.field('c')), 0x82, 5],
  ['receive maximum 0', raw(...head(5, 2), Buffer.of(3, 0x21, 0, 0), wire.field('c')), 0x82, 5],
  ['maximum packet size 0', raw(...head(5, 2), Buffer.of(5, 0x27, 0, 0, 0, 0), wire.field('c')), 0x82, 5],
  ['a flag of 2', raw(...head(5, 2), Buffer.of(2, 0x17, 2), wire.field('c')), 0x82, 5],
  ['authentication data without a method', raw(...head(5, 2), Buffer.of(4, 0x16, 0, 1, 7), wire.field('c')), 0x82, 5],
  ['too many user properties', wire.connect({ version: 5, properties: [pair, pair, pair, pair, pair] }), 0x97, 5],
  [
    'a property length in five bytes',
    raw(...head(5, 2), Buffer.of(0x80, 0x80, 0x80, 0x80, 0), wire.field('c')),
    0x81,
    5,
  ],
  ['a property length longer than it need be', raw(...head(5, 2), Buffer.of(0x80, 0), wire.field('c')), 0x81, 5],
];

for (const [why, packet, code, reply] of malformed) {
  test(`connect: ${why} is refused [MQTT-3.1.4-1]`, () => {
    const decoded = decode(packet);
    assert.deepEqual(decoded.ok ? decoded : [decoded.code, decoded.reply], [code, reply]);
  });
}
