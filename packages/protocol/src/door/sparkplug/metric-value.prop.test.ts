import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { node } from '../../../test/hear.ts';
import { sparkplug, type WrittenMetric } from '../../../test/sparkplug.ts';

const seed = 30;
const hear = node([{ preset: 'sparkplug-b' }]);

/** The value of the one metric of a data message, or the reason why it has none. */
function heardValue(metric: WrittenMetric): unknown {
  const heard = hear('spBv1.0/g/NDATA/n', sparkplug({ metrics: [{ name: 'm', ...metric }] }))!;
  return heard.reason ?? heard.readings[0]!.values['m'];
}

const types = { int8: 1, int16: 2, int32: 3, int64: 4, uint32: 7, uint64: 8, float: 9, double: 10 } as const;

test(`sparkplug: whole numbers of each type come back exactly, seed ${seed} [PRO-82]`, () => {
  const signed = (bits: number) => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
  const cases = [
    [types.int8, 8],
    [types.int16, 16],
    [types.int32, 32],
  ] as const;
  for (const [datatype, bits] of cases) {
    const same = (value: number): void => {
      // Encoders differ: the two's complement in 32 bits, in the type's own, or in 64.
      assert.equal(heardValue({ datatype, int: value >>> 0 }), value);
      assert.equal(heardValue({ datatype, int: value & (2 ** bits - 1 || -1) }), value);
      assert.equal(heardValue({ datatype, int: value }), value);
      assert.equal(heardValue({ datatype, long: value }), value);
    };
    fc.assert(fc.property(signed(bits), same), { seed, numRuns: 200 });
  }
  const long = (value: number): void => assert.equal(heardValue({ datatype: types.int64, long: value }), value);
  fc.assert(fc.property(fc.maxSafeInteger(), long), { seed, numRuns: 500 });
  const unsigned = (value: number): void => {
    assert.equal(heardValue({ datatype: types.uint64, long: value }), value);
    assert.equal(heardValue({ datatype: 13, long: value }), value);
  };
  fc.assert(fc.property(fc.maxSafeNat(), unsigned), { seed, numRuns: 500 });
});

test(`sparkplug: floats and doubles come back exactly, seed ${seed} [PRO-82]`, () => {
  const double = fc.double({ noNaN: true, noDefaultInfinity: true });
  const float = fc.float({ noNaN: true, noDefaultInfinity: true });
  const same = (name: 'float' | 'double') => (value: number) =>
    assert.ok(Object.is(heardValue({ datatype: types[name], [name]: value }), value), `${value}`);
  fc.assert(fc.property(double, same('double')), { seed, numRuns: 500 });
  fc.assert(fc.property(float, same('float')), { seed, numRuns: 500 });
});

test('sparkplug: switches and texts are what they are, of each type that is text [PRO-82]', () => {
  assert.equal(heardValue({ datatype: 11, boolean: true }), true);
  assert.equal(heardValue({ datatype: 11, int: 0 }), false);
  for (const datatype of [12, 14, 15]) assert.equal(heardValue({ datatype, text: 'grün' }), 'grün');
  assert.equal(heardValue({ boolean: false }), false);
});

test('sparkplug: a number that would be rounded, or is more than its type can say, is refused [PRO-82]', () => {
  for (const long of [2n ** 53n, 2n ** 64n - 1n])
    assert.equal(heardValue({ datatype: types.uint64, long }), 'value-not-exact');
  for (const long of [-(2n ** 53n), -(2n ** 63n), 2n ** 53n])
    assert.equal(heardValue({ datatype: types.int64, long }), 'value-not-exact');
  assert.equal(heardValue({ datatype: types.int8, int: 300 }), 'value-unfit');
  assert.equal(heardValue({ datatype: types.int16, int: 70_000 }), 'value-unfit');
});

test('sparkplug: without a type a number is only read where no type would read it otherwise [PRO-82]', () => {
  assert.equal(heardValue({ int: 2_147_483_647 }), 2_147_483_647);
  assert.equal(heardValue({ int: 2_147_483_648 }), 'alias-unknown');
  assert.equal(heardValue({ long: 5 }), 5);
  assert.equal(heardValue({ long: -5 }), 'alias-unknown');
});

test(`sparkplug: no bytes make it throw, and each is a reading or a reason, seed ${seed} [PRO-14] [PRO-78]`, () => {
  const topics = ['NBIRTH/n', 'NDATA/n', 'NDEATH/n', 'DBIRTH/n/d', 'DDATA/n/d', 'DDEATH/n/d'];
  const metric = fc.record(
    {
      name: fc.constantFrom('a', 'b', 'bdSeq', ''),
      alias: fc.nat(3),
      timestamp: fc.nat(),
      datatype: fc.nat(20),
      isNull: fc.boolean(),
      int: fc.nat(),
      long: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      float: fc.float(),
      text: fc.oneof(fc.string(), fc.uint8Array({ maxLength: 4 })),
      structure: fc.constantFrom(16, 17, 18, 19, 25),
    },
    { requiredKeys: [] },
  );
  const written = fc.record({ seq: fc.nat(300), timestamp: fc.nat(), metrics: fc.array(metric, { maxLength: 4 }) });
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    written.map(sparkplug),
    fc.tuple(written.map(sparkplug), fc.nat(), fc.nat(255)).map(([all, at, to]) => {
      all[at % all.length] = to;
      return all;
    }),
    fc.tuple(written.map(sparkplug), fc.nat()).map(([all, end]) => all.subarray(0, end % (all.length + 1))),
  );
  const any = (type: string, payload: Uint8Array): void => void hear(`spBv1.0/g/${type}`, payload);
  fc.assert(fc.property(fc.constantFrom(...topics), bytes, any), { seed, numRuns: 4_000 });
});
