import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeWith, type Heard, node } from '../../test/hear.ts';
import { encodeMessagePack, type MessageValue } from './message-pack-encode.ts';
import { parseMessagePack } from './message-pack-parse.ts';
import { payloadDecoders } from './payload.ts';

const seed = 5_555;
const hear = (bytes: Uint8Array): Heard => decodeWith(payloadDecoders['message-pack']!, bytes);
const hearHex = (hex: string): Heard => hear(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const parse = (bytes: Buffer): unknown => {
  const parsed = parseMessagePack(bytes, 0, bytes.length);
  return 'reason' in parsed ? parsed : parsed.value;
};

test('message pack door: a map of values means what the same object means in JSON [COD-20]', () => {
  const message = {
    temperature: 21.5,
    open: true,
    mode: 'auto',
    none: null,
    battery: { level: 80, cells: [3.1, null, 3.3] },
    timestamp: 1_700_000_000,
    $boot: 3,
    $seq: 9,
  };
  assert.deepEqual(hear(encodeMessagePack(message)), decodeWith(payloadDecoders['json']!, JSON.stringify(message)));
  assert.equal(hear(encodeMessagePack([{ t: 1 }, { t: 2 }])).readings.length, 2);
});

test('message pack door: the preset finds the device in the topic [COD-20]', () => {
  const heard = node([{ preset: 'message-pack' }])('sensors/pump-7/message-pack', encodeMessagePack({ flow: 4.2 }));
  assert.equal(heard?.device, 'pump-7');
  assert.deepEqual(heard?.readings, [{ takenAt: -1, values: { flow: 4.2 } }]);
});

test('message pack door: each type of the specification is read as it says [COD-21]', () => {
  const types: readonly [string, unknown][] = [
    ['00', 0],
    ['7f', 127],
    ['ff', -1],
    ['e0', -32],
    ['cc ff', 255],
    ['cd 0100', 256],
    ['ce ffffffff', 0xffff_ffff],
    ['cf 001fffffffffffff', Number.MAX_SAFE_INTEGER],
    ['d0 80', -128],
    ['d1 8000', -32_768],
    ['d2 80000000', -(2 ** 31)],
    ['d3 ffe0000000000001', -Number.MAX_SAFE_INTEGER],
    ['ca 3fc00000', 1.5],
    ['cb 3ff3333333333333', 1.2],
    ['c0', null],
    ['c2', false],
    ['c3', true],
    ['a2 c3a4', 'ä'],
    ['d9 01 61', 'a'],
    ['da 0001 61', 'a'],
    ['db 00000001 61', 'a'],
    ['92 01 02', [1, 2]],
    ['dc 0001 c3', [true]],
    ['dd 00000001 c3', [true]],
    ['d6ff 3b9aca00', '2001-09-09T01:46:40.000Z'],
    ['d7ff 77359400 3b9aca00', '2001-09-09T01:46:40.500Z'],
    ['c70cff 1dcd6500 000000003b9aca00', '2001-09-09T01:46:40.500Z'],
  ];
  for (const [hex, value] of types) assert.deepEqual(parse(Buffer.from(hex.replaceAll(' ', ''), 'hex')), value, hex);
  for (const hex of ['81a16101', 'de0001a16101', 'df00000001a16101'])
    assert.deepEqual({ ...(parse(Buffer.from(hex, 'hex')) as object) }, { a: 1 }, hex);
});

test('message pack door: what a reading cannot keep is refused with its own reason [COD-22]', () => {
  const reasons: readonly [string, string][] = [
    ['', 'payload-not-message-pack'],
    ['c1', 'payload-not-message-pack'],
    ['81 a161 01 00', 'payload-not-message-pack'],
    ['81 a161', 'payload-not-message-pack'],
    ['dd ffffffff', 'payload-not-message-pack'],
    ['df ffffffff', 'payload-not-message-pack'],
    ['db ffffffff', 'payload-not-message-pack'],
    ['05', 'payload-not-object'],
    ['80', 'no-value'],
    ['81 a161 c4 01 00', 'value-unsupported'],
    ['81 a161 cf ffffffffffffffff', 'value-not-exact'],
    ['81 a161 d4 05 00', 'message-pack-unsupported'],
    ['81 c0 01', 'message-pack-unsupported'],
    ['82 a161 01 a161 02', 'name-doubled'],
    ['82 01 01 a131 02', 'name-doubled'],
    ['81 a161 a1 ff', 'payload-not-utf8'],
    ['81 a161 cb 7ff8000000000000', 'value-not-finite'],
    ['81 a161 c70cff 00000000 7fffffffffffffff', 'time-unreadable'],
    [`81 a161 ${'91'.repeat(40)}01`, 'too-deep'],
  ];
  for (const [hex, reason] of reasons) assert.equal(hearHex(hex).reason, reason, hex);
});

const value: fc.Arbitrary<MessageValue> = fc.letrec<{ value: MessageValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.dictionary(fc.string({ maxLength: 5 }), tie('value'), { maxKeys: 20 }),
  ),
})).value;

test(`message pack: a message comes back as it was written, seed ${seed} [COD-21]`, () => {
  const same = (one: MessageValue): void => assert.deepEqual(plain(parse(encodeMessagePack(one))), plain(one));
  fc.assert(fc.property(value, same), {
    seed,
    numRuns: 1_000,
    examples: [[-0], ['x'.repeat(300)], ['x'.repeat(70_000)]],
  });
});

test(`message pack door: no bytes make it throw, seed ${seed} [COD-22]`, () => {
  const any = (bytes: Uint8Array): void => void hear(bytes);
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.tuple(value, fc.nat(), fc.nat(255)).map(([one, at, byte]) => {
      const bytes = encodeMessagePack(one);
      bytes[at % bytes.length] = byte;
      return bytes;
    }),
  );
  fc.assert(fc.property(noise, any), { seed, numRuns: 3_000 });
});

/** Objects of either prototype alike; `-0` stays. */
function plain(one: unknown): unknown {
  if (Array.isArray(one)) return one.map(plain);
  if (typeof one !== 'object' || one === null) return one;
  return new Map(Object.entries(one).map(([name, part]) => [name, plain(part)] as const));
}
