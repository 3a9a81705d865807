import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as wire from '../../test/support/wire.ts';
import { decodePublish, PublishHead } from './publish.ts';

const limits = { propertiesMax: 4 };

function decode(packet: Buffer, version: 4 | 5) {
  const head = new PublishHead();
  const code = decodePublish(head, packet[0]!, packet, 2, packet.length, version, limits);
  const text = (start: number, end: number) => packet.toString('latin1', start, end);
  return code === 0
    ? { ...head, topic: text(head.topicStart, head.topicEnd), payload: text(head.payloadStart, head.payloadEnd) }
    : { code, why: head.why };
}

test('publish: topic, packet identifier, flags and payload lie where the head says', () => {
  for (const version of [4, 5] as const) {
    for (const [qos, retain, dup] of [
      [0, true, false],
      [1, false, true],
      [2, true, true],
    ] as const) {
      const head = decode(wire.publish({ version, topic: 'a/b', payload: 'xyz', qos, retain, dup, id: 700 }), version);
      assert.ok('topic' in head);
      const { topic, payload, packetId, duplicate, properties } = head;
      assert.deepEqual(
        [topic, payload, head.qos, head.retain, duplicate, packetId, properties],
        ['a/b', 'xyz', qos, retain, dup, qos === 0 ? 0 : 700, undefined],
      );
    }
  }
});

test('publish: properties are read, user properties in order', () => {
  const pair = (name: string) => wire.property(0x26, wire.field(name), wire.field('v'));
  const packet = wire.publish({
    version: 5,
    payload: 'x',
    properties: [pair('b'), wire.property(0x23, wire.u16(3)), pair('a')],
  });
  const head = decode(packet, 5);
  assert.ok('topic' in head);
  assert.equal(head.topicAlias, 3);
  assert.deepEqual(
    [head.properties, head.payload],
    [
      {
        userProperties: [
          ['b', 'v'],
          ['a', 'v'],
        ],
      },
      'x',
    ],
  );
});

test('publish: an empty topic is the caller’s to judge, an empty payload is one', () => {
  const head = decode(wire.publish({ topic: '' }), 4);
  assert.ok('topic' in head);
  assert.deepEqual([head.topic, head.payload], ['', '']);
});

const v5 = (...properties: Uint8Array[]) => wire.publish({ version: 5, properties });
const malformed: [why: string, packet: Buffer, version: 4 | 5, code: number][] = [
  ['nothing', wire.packet(0x30), 4, 0x81],
  ['half a topic length', wire.packet(0x30, wire.u8(0)), 4, 0x81],
  ['a topic that is cut off', wire.packet(0x30, wire.u16(5), Buffer.from('abc')), 4, 0x81],
  ['a topic that is cut off, version 5', wire.packet(0x30, wire.u16(5), Buffer.from('abc')), 5, 0x81],
  ['QoS 3 [MQTT-3.3.1-4]', wire.packet(0x36, wire.field('a'), wire.u16(1)), 4, 0x81],
  ['a duplicate of QoS 0 [MQTT-3.3.1-2]', wire.packet(0x38, wire.field('a')), 4, 0x81],
  ['no packet identifier', wire.packet(0x32, wire.field('a')), 4, 0x81],
  ['half a packet identifier', wire.packet(0x34, wire.field('a'), wire.u8(1)), 4, 0x81],
  ['packet identifier 0 [MQTT-2.2.1-3]', wire.publish({ qos: 1, id: 0 }), 4, 0x82],
  ['no property length', wire.packet(0x30, wire.field('a')), 5, 0x81],
  ['properties that run past the packet', wire.packet(0x30, wire.field('a'), Buffer.of(5, 1, 0)), 5, 0x81],
  ['a property of another packet', v5(wire.property(0x11, wire.u32(1))), 5, 0x81],
  [
    'a property cut off by the end of the properties',
    wire.packet(0x30, wire.field('a'), Buffer.of(2, 2, 0), Buffer.alloc(9)),
    5,
    0x81,
  ],
  ['a payload format of 2', v5(wire.property(1, wire.u8(2))), 5, 0x82],
  ['two content types', v5(wire.property(3, wire.field('a')), wire.property(3, wire.field('b'))), 5, 0x82],
  ['a content type that is not UTF-8', v5(wire.property(3, wire.field(Buffer.of(0xc3)))), 5, 0x81],
  ['a subscription identifier [MQTT-3.3.4-6]', v5(wire.property(0x0b, wire.varint(1))), 5, 0x82],
  [
    'too many user properties',
    v5(...Array.from({ length: 5 }, () => wire.property(0x26, wire.field(''), wire.field('')))),
    5,
    0x97,
  ],
];

for (const [why, packet, version, code] of malformed) {
  test(`publish: ${why} is refused`, () => {
    const head = decode(packet, version);
    assert.equal('code' in head ? head.code : 0, code);
  });
}
