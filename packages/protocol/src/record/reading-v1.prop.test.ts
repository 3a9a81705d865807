import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { isDeviceId, isValueName, type Reading, type Value } from '../reading.ts';
import { encodeReading } from '../reading-draft.ts';
import { readReading } from './reading-v1.ts';

const seed = 8_428;

const double = fc.double({ noNaN: true, noDefaultInfinity: true });
const value: fc.Arbitrary<Value> = fc.oneof(double, fc.boolean(), fc.string({ unit: 'grapheme', maxLength: 80 }));
const valueName = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
    fc.nat(30).map(String),
    fc.constantFrom('constructor', 'toString', '__proto__', 'a', 'a.b', '\ufffd', '\u{1f600}', '\uffee'),
  )
  .filter(isValueName);
const named = fc.record({ boot: fc.nat(0xffff_ffff), seq: fc.maxSafeNat() });
const reading: fc.Arbitrary<Reading> = fc
  .tuple(
    fc.record({
      device: fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter(isDeviceId),
      takenAt: double,
      receivedAt: fc.maxSafeNat(),
      quality: fc.nat(255),
      values: fc.dictionary(valueName, value, { maxKeys: 20, noNullPrototype: true }),
    }),
    fc.option(named, { nil: {} }),
  )
  .map(([fields, name]) => ({ ...fields, ...name }));

test('reading record: every reading survives its record, exactly [PRO-1]', () => {
  const survives = (one: Reading): void => assert.deepEqual(readReading(encodeReading(one)), { ok: true, value: one });
  fc.assert(fc.property(reading, survives), { seed, numRuns: 1_000 });
});

test('reading record: every finite double survives, bit for bit [PRO-1]', () => {
  const base = { device: 'd', takenAt: 0, receivedAt: 0, quality: 0 };
  const survives = (number: number): void => {
    const back = readReading(encodeReading({ ...base, values: { number } }));
    assert.ok(back.ok);
    assert.ok(Object.is(back.value.values['number'], number));
  };
  fc.assert(fc.property(double, survives), { seed, numRuns: 2_000, examples: [[-0], [5e-324], [Number.MAX_VALUE]] });
});

test('reading record: shuffled values give the same record, and the record itself again [PRO-2]', () => {
  const entries = fc.uniqueArray(fc.tuple(valueName, value), { selector: ([name]) => name, maxLength: 20 });
  const orders = entries.chain((all) =>
    fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
  );
  const same = ([one, other]: [[string, Value][], [string, Value][]]): void => {
    const base = { device: 'd', takenAt: 1, receivedAt: 2, quality: 0 };
    const record = encodeReading({ ...base, values: Object.fromEntries(one) });
    assert.deepEqual(encodeReading({ ...base, values: Object.fromEntries(other) }), record);
    const back = readReading(record);
    assert.ok(back.ok);
    assert.deepEqual(encodeReading(back.value), record);
  };
  fc.assert(fc.property(orders, same), { seed, numRuns: 1_000 });
});

/** A record with some bytes overwritten, so that most fields are still where they should be. */
const garbled = fc
  .tuple(reading, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), fc.nat(10))
  .map(([one, changes, cut]) => {
    const record = Buffer.from(encodeReading(one));
    for (const [at, byte] of changes) record[at % record.length] = byte;
    return cut === 0 ? record.subarray(0, Math.floor(record.length / 2)) : record;
  });
const noise = fc.uint8Array({ maxLength: 120 }).map((bytes) => Buffer.from([1, 1, ...bytes]));

test('reading record: what is accepted is the one record of its reading; nothing throws [PRO-2] [PRO-3]', () => {
  let accepted = 0;
  const canonical = (record: Buffer): void => {
    const back = readReading(record);
    accepted += back.ok ? 1 : 0;
    assert.deepEqual(back.ok ? encodeReading(back.value) : record, record);
  };
  fc.assert(fc.property(fc.oneof(garbled, noise), canonical), { seed, numRuns: 4_000 });
  assert.ok(accepted > 100, `only ${accepted} garbled records were readings`);
});
