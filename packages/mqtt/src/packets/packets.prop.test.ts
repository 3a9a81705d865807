import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from '../../test/support/parse.ts';
import * as wire from '../../test/support/wire.ts';
import { decodeConnect } from './connect.ts';
import { encodeProperties, type Properties, readProperties } from './properties.ts';
import { decodePublish, encodePublishHead, PublishHead, publishBodySize } from './publish.ts';
import { Reader } from './reader.ts';
import { decodeSubscribe } from './subscribe.ts';
import { varintSize } from './writer.ts';

const seed = 20_261;
const runs = { seed, numRuns: 300 };
const limits = { propertiesMax: 100 };

const text = fc
  .string({ unit: 'grapheme', maxLength: 30 })
  .filter((value) => !value.includes('\0') && value.isWellFormed());
const bytes = fc.uint8Array({ maxLength: 300 });
const version = fc.constantFrom(4, 5);
const qos = fc.constantFrom(0, 1, 2);
const u16 = fc.integer({ min: 1, max: 65_535 });
const bodyStart = (packet: Buffer): number => packet.length - wireBodySize(packet);

function wireBodySize(packet: Buffer): number {
  let [size, factor, at] = [0, 1, 1];
  for (; packet[at]! >= 0x80; at++, factor *= 128) size += (packet[at]! % 128) * factor;
  return size + packet[at]! * factor;
}

test(`publish: what any client encodes is read back (seed ${seed})`, () => {
  fc.assert(
    fc.property(version, text, bytes, qos, fc.boolean(), fc.boolean(), u16, (v, topic, payload, q, retain, dup, id) => {
      const fields = { version: v, topic, payload, qos: q, retain, dup: dup && q > 0, id };
      const packet = wire.publish(fields as wire.PublishFields);
      const head = new PublishHead();
      assert.equal(decodePublish(head, packet[0]!, packet, bodyStart(packet), packet.length, v as 4 | 5, limits), 0);
      assert.equal(packet.toString('utf8', head.topicStart, head.topicEnd), topic);
      assert.deepEqual(packet.subarray(head.payloadStart, head.payloadEnd), Buffer.from(payload));
      assert.deepEqual(
        [head.qos, head.retain, head.duplicate, head.packetId],
        [q, retain, dup && q > 0, q > 0 ? id : 0],
      );
    }),
    runs,
  );
});

test(`publish: what the broker encodes, any client reads back (seed ${seed})`, () => {
  fc.assert(
    fc.property(
      version,
      text,
      bytes,
      qos,
      fc.boolean(),
      fc.boolean(),
      u16,
      (v, topic, payload, q, retain, duplicate, id) => {
        const properties = v === 5 ? Buffer.of(1, 1) : undefined;
        const form = { qos: q as 0 | 1 | 2, retain, duplicate, packetId: id, properties };
        const name = Buffer.from(topic);
        const size = publishBodySize(name.length, payload.length, form);
        const packet = Buffer.alloc(1 + varintSize(size) + size);
        packet.set(payload, encodePublishHead(packet, 0, size, name, form));
        const { packets, used } = parse(packet, v as wire.Version);
        assert.equal(used, packet.length);
        assert.deepEqual(packets, [
          {
            kind: 'publish',
            topic,
            payload: Buffer.from(payload).toString('latin1'),
            qos: q,
            retain,
            dup: duplicate,
            ...(q > 0 ? { id } : {}),
            ...(v === 5 ? { properties: { payloadFormat: 1 } } : {}),
          },
        ]);
      },
    ),
    runs,
  );
});

test(`connect: what any client encodes is read back (seed ${seed})`, () => {
  const optional = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });
  const will = fc.record({ topic: text, payload: bytes, qos, retain: fc.boolean() });
  const fields = fc.record({
    version,
    clientId: text,
    clean: fc.boolean(),
    keepAlive: u16,
    username: optional(text),
    will: optional(will),
  });
  fc.assert(
    fc.property(fields, text, (some, password) => {
      const { username, will: last, ...rest } = some;
      const given = {
        ...rest,
        ...(username === undefined ? {} : { username, password }),
        ...(last ? { will: last } : {}),
      };
      const packet = wire.connect(given as wire.ConnectFields);
      const decoded = decodeConnect(packet, bodyStart(packet), packet.length, limits);
      const refused = some.version === 4 && !some.clean && some.clientId === '';
      assert.equal(decoded.ok, !refused);
      if (!decoded.ok) return;
      const { value } = decoded;
      assert.deepEqual(
        [value.version, value.clientId, value.cleanStart, value.keepAlive, value.username, value.password?.toString()],
        [
          some.version,
          some.clientId,
          some.clean,
          some.keepAlive,
          username,
          username === undefined ? undefined : password,
        ],
      );
      assert.deepEqual(
        value.will && { ...value.will, payload: new Uint8Array(value.will.payload), properties: undefined },
        last && { ...last, properties: undefined },
      );
    }),
    runs,
  );
});

test(`subscribe: what any client encodes is read back (seed ${seed})`, () => {
  const requests = fc.array(fc.tuple(text, fc.constantFrom(0, 1, 2, 9, 0x12, 0x20, 0x2e)), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(requests, u16, (filters, id) => {
      const packet = wire.subscribe(filters, { version: 5, id });
      const decoded = decodeSubscribe(packet, bodyStart(packet), packet.length, 5, limits);
      if (filters.some(([filter, options]) => filter.startsWith('$share/') && (options & 4) !== 0)) return;
      assert.equal(decoded.ok, true);
      if (!decoded.ok) return;
      const read = decoded.value.requests.map(({ filter, qos: q, noLocal, retainAsPublished, retainHandling }) => [
        filter,
        q | (noLocal ? 4 : 0) | (retainAsPublished ? 8 : 0) | (retainHandling << 4),
      ]);
      assert.deepEqual([decoded.value.packetId, read], [id, filters]);
    }),
    runs,
  );
});

test(`properties: what is encoded is read back, repeated ones in order (seed ${seed})`, () => {
  const all = fc.record(
    {
      payloadFormat: fc.constantFrom(0, 1),
      messageExpiry: fc.nat({ max: 0xffffffff }),
      contentType: text,
      responseTopic: text,
      correlationData: bytes.map((value) => Buffer.from(value)),
      subscriptionIds: fc.array(fc.integer({ min: 1, max: 268_435_455 }), { minLength: 1, maxLength: 4 }),
      topicAlias: u16,
      reasonString: text,
      userProperties: fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 6 }),
      maximumPacketSize: fc.integer({ min: 1, max: 0xffffffff }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(all, (some) => {
      const encoded = encodeProperties(some as Properties);
      const reader = new Reader(encoded, 0, encoded.length);
      const read = readProperties(reader, new Set(Object.keys(some) as (keyof Properties)[]), limits);
      assert.equal(reader.finish(), undefined);
      assert.deepEqual(read, { ...some });
    }),
    runs,
  );
});
