import type { Reading, Value } from '@selvedge/protocol';
import fc from 'fast-check';

/** Finite doubles of every sort: short decimals as sensors send them, whole numbers, both zeros, the odd ones. */
export const finite: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -100_000, max: 100_000 }).map((whole) => whole / 100) },
  { weight: 2, arbitrary: fc.integer() },
  { weight: 2, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 1, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 1, arbitrary: fc.maxSafeInteger() },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, -0, Number.MIN_VALUE, -Number.MIN_VALUE, Number.MAX_VALUE, 0.1 + 0.2, 1e-9, 2 ** 53),
  },
);

export const value: fc.Arbitrary<Value> = fc.oneof(
  { weight: 5, arbitrary: finite },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
);

const name = fc.constantFrom('temperature', 'humidity', 'on', '2', 'état', 'constructor', 'a.b.0');

const values = fc
  .uniqueArray(fc.tuple(name, value), { maxLength: 4, selector: ([one]) => one })
  .map((pairs) => Object.fromEntries(pairs));

const time = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1.7e12, max: 1.7e12 + 86_400_000 }) },
  { weight: 1, arbitrary: fc.double({ min: -1e15, max: 1e15, noNaN: true }) },
);

const named = fc.oneof(
  fc.record({ boot: fc.nat({ max: 0xffff_ffff }), seq: fc.maxSafeNat() }),
  fc.record({ boot: fc.nat({ max: 2 }), seq: fc.nat({ max: 40 }) }),
  fc.constant({}),
);

/** Any reading that a record can hold. */
export const anyReading = (device = 'pump-7'): fc.Arbitrary<Reading> =>
  fc
    .record({ takenAt: time, receivedAt: time, values, quality: fc.nat({ max: 255 }) })
    .chain((reading) => named.map((name) => ({ device, ...name, ...reading })));
