import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { samplePages } from './sample-pages.ts';

const seed = 20_261;

const decimals = fc
  .tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: -(10 ** 6), max: 10 ** 6 }))
  .chain(([digits, centre]) =>
    fc
      .array(fc.integer({ min: -70_000, max: 70_000 }), { minLength: 1, maxLength: 250 })
      .map((steps) => steps.map((step) => (centre + step) / 10 ** digits)),
  );
const any = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 250 });

test(`sample pages: every time and value comes back as it was, however pages are used again, seed ${seed} [STR-6]`, () => {
  const store = samplePages();
  fc.assert(
    fc.property(
      fc.oneof(decimals, any),
      fc.integer({ min: 0, max: 2 ** 41 }),
      fc.integer({ min: 0, max: 100_000_000 }),
      (all, start, step) => {
        const values = Float64Array.from(all);
        const times = values.map((_, index) => start + index * step);
        const pages: number[] = [];
        for (let from = 0; from < values.length; ) {
          const fits = store.pack(times, values, from, values.length - from);
          const page = store.packed;
          assert.equal(store.count(page), fits);
          for (let i = 0; i < fits; i++) {
            assert.equal(store.timeAt(page, i), times[from + i]);
            assert.ok(store.valueAt(page, i) === values[from + i]);
          }
          from += fits;
          pages.push(page);
        }
        for (const page of pages) store.free(page);
      },
    ),
    { seed, numRuns: 500 },
  );
  assert.equal(store.bytes, 65_536);
});
