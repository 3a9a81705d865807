import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeWith, node } from '../../test/hear.ts';
import { encodeCbor } from '../cbor/encode-cbor.ts';
import { isDeviceId } from '../reading.ts';
import { payloadDecoders } from './payload.ts';
import { joinLevels } from './topic-decoder.ts';

const seed = 4_242;

const hear = node([
  ...['zigbee2mqtt', 'tasmota', 'shelly', 'sparkplug-b'].map((preset) => ({ preset })),
  { filter: 'value/+', device: '$1', decoder: 'value', metric: 'm' },
]);

const topics = [
  'zigbee2mqtt/a/b',
  'zigbee2mqtt/a/availability',
  'tele/a/SENSOR',
  'tele/a/LWT',
  'shellies/a/relay/0',
  'shelly-a/status/switch:0',
  'shelly-a/events/rpc',
  'shelly-a/online',
  'spBv1.0/g/DBIRTH/n/d',
  'value/a',
];

const word = fc.constantFrom(
  'Time',
  'Epoch',
  'last_seen',
  'state',
  'method',
  'params',
  'ts',
  'events',
  'component',
  '$x',
);
const text = fc.constantFrom('online', 'ON', 'NotifyStatus', 'NotifyEvent', '2020-01-01T00:00:00', 'nan', '21.5');
const { object } = fc.letrec((tie) => ({
  object: fc.dictionary(
    fc.oneof(word, fc.string({ maxLength: 3 })),
    fc.oneof({ maxDepth: 5 }, fc.double(), text, fc.constantFrom(null, true), fc.array(tie('object')), tie('object')),
    { maxKeys: 4 },
  ),
}));
const payload = fc.oneof(
  object.map((one) => Buffer.from(JSON.stringify(one))),
  fc.json().map((one) => Buffer.from(one)),
  text.map((one) => Buffer.from(one)),
  fc.uint8Array({ maxLength: 40 }).map((one) => Buffer.from(one)),
);

test(`decoders: no payload on any topic throws; it gives readings or a reason, seed ${seed} [PRO-14] [PRO-78]`, () => {
  const any = (topic: string, bytes: Buffer): void => assert.ok(hear(topic, bytes));
  fc.assert(fc.property(fc.constantFrom(...topics), payload, any), { seed, numRuns: 5_000 });
});

test(`decoders: no CBOR throws; it gives readings or a reason, seed ${seed} [PRO-14]`, () => {
  const key = fc.oneof(fc.integer({ min: -7, max: 9 }), fc.constantFrom('timestamp', '$seq', '$boot', 'a', 'x_'));
  const leaf = fc.oneof(
    fc.double(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.bigInt({ min: 2n ** 53n, max: 2n ** 60n }),
  );
  const tagged = fc.record({ tag: fc.nat(5), value: fc.oneof(leaf, fc.array(fc.integer()), fc.uint8Array()) });
  const map = fc.array(fc.tuple(key, fc.oneof(leaf, tagged)), { maxLength: 5 }).map((entries) => new Map(entries));
  const any = (decoder: string, value: Parameters<typeof encodeCbor>[0]): void =>
    void decodeWith(payloadDecoders[decoder]!, encodeCbor(value));
  const value = fc.oneof(map, fc.array(map, { maxLength: 3 }));
  fc.assert(fc.property(fc.constantFrom('cbor', 'senml-cbor'), value, any), { seed, numRuns: 3_000 });
});

/** What `joinLevels` joined; percent signs in a level stand only in front of two digits that it wrote. */
const levelsOf = (id: string): string[] =>
  id
    .split(':')
    .map((level) => level.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))));

test(`decoders: levels that were made an id can be told from it, seed ${seed} [PRO-70]`, () => {
  const level = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.string({ unit: fc.constantFrom('%', ':', '$', '2', '5', 'a', '\u0000', ' '), maxLength: 6 }),
  );
  const topicLevel = level.filter((one) => !/[/+#]/.test(one) && one.isWellFormed());
  const back = (levels: readonly string[]): void => {
    const id = joinLevels(levels);
    assert.deepEqual(levelsOf(id), levels);
    assert.ok(id === '' || isDeviceId(id), id);
  };
  fc.assert(fc.property(fc.array(topicLevel, { minLength: 1, maxLength: 4 }), back), { seed, numRuns: 3_000 });
});
