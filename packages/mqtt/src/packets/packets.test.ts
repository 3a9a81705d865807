import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as wire from '../../test/support/wire.ts';
import { Acknowledgement, decodeAcknowledgement, puback, pubcomp, pubrec, pubrel } from './acknowledgement.ts';
import { encodeConnack } from './connack.ts';
import { decodeDisconnect, encodeDisconnect } from './disconnect.ts';
import { pingresp } from './ping.ts';
import { encodeSuback } from './suback.ts';
import { decodeSubscribe } from './subscribe.ts';
import { encodeUnsuback } from './unsuback.ts';
import { decodeUnsubscribe } from './unsubscribe.ts';

const limits = { propertiesMax: 4 };
type Version = 4 | 5;

const acknowledge = (packet: Buffer, version: Version) => {
  const into = new Acknowledgement();
  const kind = packet[0] as typeof puback;
  const code = decodeAcknowledgement(into, kind, packet, 2, packet.length, version, limits);
  return code === 0 ? [into.packetId, into.code] : code;
};
const verdict = (parsed: { ok: boolean; code?: number; value?: unknown }) => (parsed.ok ? parsed.value : parsed.code);
const decoders = {
  subscribe: (packet: Buffer, version: Version) => verdict(decodeSubscribe(packet, 2, packet.length, version, limits)),
  unsubscribe: (packet: Buffer, version: Version) =>
    verdict(decodeUnsubscribe(packet, 2, packet.length, version, limits)),
  disconnect: (packet: Buffer, version: Version) =>
    verdict(decodeDisconnect(packet, 2, packet.length, version, limits)),
  acknowledge,
};

test('acknowledgement: with and without a reason code, and with properties', () => {
  assert.deepEqual(acknowledge(wire.puback(500), 4), [500, 0]);
  assert.deepEqual(acknowledge(wire.puback(500), 5), [500, 0]);
  assert.deepEqual(acknowledge(wire.pubrec(1, 0x97), 5), [1, 0x97]);
  assert.deepEqual(acknowledge(wire.pubrel(1, 0x92), 5), [1, 0x92]);
  assert.deepEqual(acknowledge(wire.pubcomp(1, 0x92), 5), [1, 0x92]);
  const reason = wire.property(0x1f, wire.field('why'));
  assert.deepEqual(
    acknowledge(wire.packet(puback, wire.u16(9), wire.u8(0x80), wire.varint(reason.length), reason), 5),
    [9, 0x80],
  );
});

test('subscribe: filters with their options, and the identifier', () => {
  const options = (qos: number, noLocal: boolean, retainAsPublished: boolean, retainHandling: number) => ({
    qos,
    noLocal,
    retainAsPublished,
    retainHandling,
  });
  assert.deepEqual(
    decoders.subscribe(
      wire.subscribe(
        [
          ['a/+', 1],
          ['b', 2],
        ],
        { id: 258 },
      ),
      4,
    ),
    {
      packetId: 258,
      subscriptionId: 0,
      requests: [
        { filter: 'a/+', ...options(1, false, false, 0) },
        { filter: 'b', ...options(2, false, false, 0) },
      ],
    },
  );
  const identified = { version: 5 as const, properties: [wire.property(0x0b, wire.varint(268_435_455))] };
  assert.deepEqual(decoders.subscribe(wire.subscribe([['$share/g/a', 0x28]], identified), 5), {
    packetId: 1,
    subscriptionId: 268_435_455,
    requests: [{ filter: '$share/g/a', ...options(0, false, true, 2) }],
  });
  assert.deepEqual(decoders.unsubscribe(wire.unsubscribe(['a', 'b/#'], 5, 7), 5), {
    packetId: 7,
    filters: ['a', 'b/#'],
  });
});

test('disconnect: with and without a reason code', () => {
  assert.deepEqual(decoders.disconnect(wire.disconnect(), 4), { code: 0, sessionExpiry: undefined });
  assert.deepEqual(decoders.disconnect(wire.disconnect(), 5), { code: 0, sessionExpiry: undefined });
  assert.deepEqual(decoders.disconnect(wire.disconnect(4), 5), { code: 4, sessionExpiry: undefined });
  const expiry = [wire.property(0x11, wire.u32(60))];
  assert.deepEqual(decoders.disconnect(wire.disconnect(0, expiry), 5), { code: 0, sessionExpiry: 60 });
});

test('packets: the bytes of what the broker answers [MQTT-2.2.2-1] [MQTT-3.2.2-1] [MQTT-3.2.2-6]', () => {
  const hex = (bytes: Buffer) => bytes.toString('hex');
  assert.equal(hex(encodeConnack(4, true, 0, {})), '20020100');
  assert.equal(hex(encodeConnack(4, true, 0x87, {})), '20020005');
  assert.equal(hex(encodeConnack(5, true, 0, {})), '2003010000');
  assert.equal(hex(encodeConnack(5, false, 0x87, { reasonString: 'no' })), '20080087051f00026e6f');
  assert.equal(hex(encodeSuback(4, 258, [0, 2, 0x87])), '90050102000280');
  assert.equal(hex(encodeSuback(5, 258, [0, 2, 0x87])), '9006010200000287');
  assert.equal(hex(encodeUnsuback(4, 258, [0])), 'b0020102');
  assert.equal(hex(encodeUnsuback(5, 258, [0, 0x11])), 'b0050102000011');
  assert.equal(hex(encodeDisconnect(0x8e, undefined)), 'e0018e');
  assert.equal(hex(pingresp), 'd000');
});

const malformed: [kind: keyof typeof decoders, why: string, packet: Buffer, version: Version, code: number][] = [
  ['acknowledge', 'no packet identifier', wire.packet(puback), 4, 0x81],
  ['acknowledge', 'half a packet identifier', wire.packet(pubrec, wire.u8(1)), 5, 0x81],
  ['acknowledge', 'packet identifier 0', wire.puback(0), 4, 0x82],
  ['acknowledge', 'a reason code in version 4', wire.puback(1, 0), 4, 0x81],
  ['acknowledge', 'a reason code that does not exist', wire.puback(1, 0x42), 5, 0x81],
  ['acknowledge', 'a reason code of another kind', wire.pubrel(1, 0x97), 5, 0x81],
  ['acknowledge', 'properties cut off', wire.packet(pubcomp, wire.u16(1), wire.u8(0), wire.u8(5)), 5, 0x81],
  ['acknowledge', 'a foreign property', wire.packet(pubrel, wire.u16(1), Buffer.of(0, 3, 0x21, 0, 1)), 5, 0x81],
  ['acknowledge', 'bytes after the properties', wire.packet(puback, wire.u16(1), Buffer.of(0, 0, 9)), 5, 0x81],
  ['subscribe', 'nothing', wire.packet(0x82), 4, 0x81],
  ['subscribe', 'no filter [MQTT-3.8.3-2]', wire.subscribe([]), 4, 0x82],
  ['subscribe', 'no filter, version 5', wire.subscribe([], { version: 5 }), 5, 0x82],
  ['subscribe', 'packet identifier 0', wire.subscribe([['a', 0]], { id: 0 }), 4, 0x82],
  ['subscribe', 'a filter without options', wire.packet(0x82, wire.u16(1), wire.field('a')), 4, 0x81],
  ['subscribe', 'a filter that is cut off', wire.packet(0x82, wire.u16(1), wire.u16(9), Buffer.from('a')), 4, 0x81],
  ['subscribe', 'QoS 3', wire.subscribe([['a', 3]]), 4, 0x82],
  ['subscribe', 'a reserved option bit, version 4', wire.subscribe([['a', 4]]), 4, 0x81],
  [
    'subscribe',
    'a reserved option bit, version 5 [MQTT-3.8.3-5]',
    wire.subscribe([['a', 0x40]], { version: 5 }),
    5,
    0x81,
  ],
  ['subscribe', 'retain handling 3', wire.subscribe([['a', 0x30]], { version: 5 }), 5, 0x82],
  [
    'subscribe',
    'no-local on a shared filter [MQTT-3.8.3-4]',
    wire.subscribe([['$share/g/a', 4]], { version: 5 }),
    5,
    0x82,
  ],
  [
    'subscribe',
    'subscription identifier 0',
    wire.subscribe([['a', 0]], { version: 5, properties: [wire.property(0x0b, wire.varint(0))] }),
    5,
    0x82,
  ],
  [
    'subscribe',
    'two subscription identifiers',
    wire.subscribe([['a', 0]], {
      version: 5,
      properties: [wire.property(0x0b, wire.varint(1)), wire.property(0x0b, wire.varint(2))],
    }),
    5,
    0x82,
  ],
  [
    'subscribe',
    'a filter that is not UTF-8 [MQTT-3.8.3-1]',
    wire.packet(0x82, wire.u16(1), wire.field(Buffer.of(0x80)), wire.u8(0)),
    4,
    0x81,
  ],
  ['unsubscribe', 'no filter [MQTT-3.10.3-2]', wire.unsubscribe([]), 4, 0x82],
  ['unsubscribe', 'packet identifier 0', wire.unsubscribe(['a'], 4, 0), 4, 0x82],
  ['unsubscribe', 'a filter that is cut off', wire.packet(0xa2, wire.u16(1), wire.u8(0)), 4, 0x81],
  [
    'unsubscribe',
    'a foreign property',
    wire.packet(0xa2, wire.u16(1), Buffer.of(2, 0x0b, 1), wire.field('a')),
    5,
    0x81,
  ],
  ['disconnect', 'a body in version 4', wire.disconnect(0), 4, 0x81],
  ['disconnect', 'a reason code that is the server’s', wire.disconnect(0x8e), 5, 0x81],
  ['disconnect', 'a foreign property', wire.disconnect(0, [wire.property(3, wire.field('a'))]), 5, 0x81],
  ['disconnect', 'bytes after the properties', wire.packet(0xe0, Buffer.of(0, 0, 1)), 5, 0x81],
];

for (const [kind, why, packet, version, code] of malformed) {
  test(`${kind}: ${why} is refused`, () => {
    assert.equal(decoders[kind](packet, version), code);
  });
}
