import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { systemClock } from '@selvedge/kernel/system';
import { type Heard, node } from '../../test/hear.ts';
import { type CustomDecode, customDecoder } from './custom.ts';

const file = 'decoders/mine.mjs';

/** What a node hears by a decoder that may be written wrong. */
function hear(decode: unknown, payload: string | Uint8Array = 'x'): Heard & { readonly device: string } {
  const own = new Map([[file, customDecoder(file, decode as CustomDecode)]]);
  return node([{ filter: 'meters/+', device: 'meter-$1', decoder: file }], own)('meters/7', payload)!;
}

test('own decoder: it gets topic and payload, and its answer is a reading [PRO-85]', () => {
  const flow: CustomDecode = (topic, payload) => ({
    values: { litres: new DataView(payload.buffer).getUint16(0) / 10, source: topic, pipe: { open: true, none: null } },
    timestamp: 1_700_000_000,
    boot: 4,
    seq: payload[2]!,
  });
  assert.deepEqual(hear(flow, Buffer.from([0x01, 0x0e, 9])), {
    device: 'meter-7',
    readings: [
      {
        takenAt: 1_700_000_000_000,
        values: { litres: 27, source: 'meters/7', 'pipe.open': true },
        name: [4, 9],
      },
    ],
    reason: undefined,
    why: '',
  });
});

test('own decoder: a list is as many readings, taken whole or not at all [PRO-85]', () => {
  const values = { t: 1 };
  assert.equal(hear(() => [{ values }, { values, timestamp: '2023-11-14T22:13:20Z' }]).readings.length, 2);
  assert.equal(hear(() => [{ values }, { values: { t: Number.NaN } }]).reason, 'value-not-finite');
  assert.equal(hear(() => []).reason, 'no-value');
});

test('own decoder: what a reading may be holds for its answers too [PRO-85] [PRO-13]', () => {
  const reasonOf = (values: object, more: object = {}) => hear(() => ({ values, ...more })).reason;
  assert.equal(reasonOf({ t: 1 }, { timestamp: 'noon' }), 'time-unreadable');
  assert.equal(reasonOf({ t: 1 }, { seq: 3 }), 'sequence-unreadable');
  assert.equal(reasonOf({ t: 5n }), 'value-unsupported');
  assert.equal(reasonOf({ t: new Uint8Array(3) }), 'value-unsupported');
  assert.equal(reasonOf({ when: new Date(0) }), 'value-unsupported');
  assert.equal(reasonOf({}), 'no-value');
  assert.equal(reasonOf({ $other: 1 }), 'reserved-name');
  assert.equal(reasonOf({ s: 'x'.repeat(2_000) }), 'value-too-long');
  const loop: Record<string, unknown> = { t: 1 };
  loop['self'] = loop;
  assert.equal(reasonOf(loop), 'too-deep');
});

test('own decoder: why it refuses a payload is kept as it says it [PRO-85]', () => {
  const heard = hear(() => ({ why: 'checksum 3 where 7 was due' }));
  assert.equal(heard.reason, 'decoder-refused');
  assert.equal(heard.why, 'decoders/mine.mjs: checksum 3 where 7 was due');
  assert.equal(hear(() => ({ why: `${'x'.repeat(5_000)}\ud800` })).reason, 'decoder-refused');
});

test('own decoder: what it throws, or gives that is no answer, harms nobody [PRO-85]', async () => {
  const thrower = (cause: unknown) => () => {
    throw cause;
  };
  const trap = {
    get values() {
      throw new Error('a trap');
    },
  };
  const wrong: [decode: unknown, why: RegExp][] = [
    [thrower(new TypeError('no such field')), /threw no such field/],
    [thrower('text'), /threw string/],
    [thrower(undefined), /threw undefined/],
    [thrower(new Error('y'.repeat(9_000))), /threw yyy/],
    [() => undefined, /no values/],
    [() => 5, /no values/],
    [() => ({ t: 1 }), /no values/],
    [() => ({ values: [1] }), /no values/],
    [() => [{ values: { t: 1 } }, null], /no values/],
    [() => ({ why: 5 }), /no values/],
    [() => trap, /a trap/],
    [() => ({ values: { f: () => 1 } }), /could not be cloned/],
    [
      () => ({
        values: {
          get t() {
            throw new Error('late');
          },
        },
      }),
      /late/,
    ],
    [() => Array(10_001).fill({ values: { t: 1 } }), /10001 readings/],
    [async () => ({ values: { t: 1 } }), /a promise/],
    [() => Promise.reject(new Error('nobody hears this')), /a promise/],
  ];
  for (const [decode, why] of wrong) {
    const heard = hear(decode);
    assert.equal(heard.reason, 'decoder-failed', String(decode));
    assert.match(heard.why, why);
  }
  // A rejection that nobody hears would end the process within this turn.
  await new Promise<void>((resolve) => systemClock.soon(resolve));
});

test('own decoder: it holds a copy, so that it can neither change nor keep what others read [PRO-85]', () => {
  const payload = Buffer.from('{"t":1}');
  let kept: Uint8Array = new Uint8Array();
  hear((_: string, bytes: Uint8Array) => {
    kept = bytes;
    bytes.fill(0);
    return { values: { t: 1 } };
  }, payload);
  assert.equal(payload.toString(), '{"t":1}');
  assert.equal(kept.buffer.byteLength, 7);
});
