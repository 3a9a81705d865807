import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import fc from 'fast-check';
import { pack, plainOf, run, unpack } from '../../test/bundles.ts';
import { type BundleProfile, type BundleRun, decodeBundle, encodeBundle } from './bundle-v1.ts';
import { bundleDecoder } from './bundle-v1-decoder.ts';
import { bundleEncoder } from './bundle-v1-encoder.ts';

const seed = 1_310;
const profiles: readonly BundleProfile[] = ['plain', 'quick', 'default', 'max'];

for (const profile of profiles) {
  test(`bundle: every batch comes back bit by bit, whatever its records, profile ${profile}, seed ${seed} [COD-1]`, () => {
    const same = (runs: BundleRun[]): void => {
      const back = decodeBundle(encodeBundle(runs, { profile, pack }), { unpack });
      assert.ok(back.ok, back.ok ? '' : back.why);
      assert.deepEqual(plainOf(back.value.runs), plainOf(runs));
    };
    fc.assert(fc.property(fc.array(run, { maxLength: 4 }), same), { seed, numRuns: 400 });
  });

  test(`bundle: those of a stream build on each other, profile ${profile}, seed ${seed} [COD-2]`, () => {
    const same = (bundles: BundleRun[][]): void => {
      const encoder = bundleEncoder({ profile, pack, stream: 3 });
      const decoder = bundleDecoder({ unpack });
      for (const runs of bundles) {
        const back = decoder.decode(encoder.encode(runs));
        assert.ok(back.ok, back.ok ? '' : back.why);
        assert.deepEqual(plainOf(back.value.runs), plainOf(runs));
      }
    };
    fc.assert(fc.property(fc.array(fc.array(run, { maxLength: 3 }), { maxLength: 5 }), same), { seed, numRuns: 200 });
  });
}

const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });

test(`bundle: no bytes make the decoder throw, and none yield more than they announced, seed ${seed} [COD-3]`, () => {
  const bounds = { plainLength: 4_096, batches: 64 };
  let accepted = 0;
  const quiet = (runs: BundleRun[], profile: BundleProfile, changed: [number, number][], cut: number): void => {
    const whole = encodeBundle(runs, { profile, pack });
    const frame = Buffer.from(cut < 3 ? whole.subarray(0, (whole.length * cut) >> 2) : whole);
    for (const [at, byte] of changed) if (frame.length > 5) frame[5 + (at % (frame.length - 5))] = byte;
    const back = decodeBundle(frame, { unpack, bounds });
    if (!back.ok) {
      assert.ok(back.why.length > 0 && back.why.length < 300, back.why);
      return;
    }
    accepted += 1;
    assert.ok(back.value.plainLength <= bounds.plainLength);
    const batches = back.value.runs.flatMap((one) => (one.kind === 'batches' ? one.batches : []));
    assert.ok(batches.length <= bounds.batches);
    assert.equal(
      batches.reduce((sum, { body }) => sum + (body?.length ?? 0), 0),
      back.value.plainLength,
    );
  };
  const property = fc.property(
    fc.array(run, { maxLength: 3 }),
    fc.constantFrom(...profiles),
    changes,
    fc.nat(20),
    quiet,
  );
  fc.assert(property, { seed, numRuns: 3_000 });
  assert.ok(accepted > 100, `only ${accepted} changed bundles passed`);
});

test(`bundle: noise is refused, seed ${seed} [COD-3]`, () => {
  const noise = fc.tuple(fc.nat(15), fc.uint8Array({ maxLength: 200 }));
  const quiet = ([packing, bytes]: [number, Uint8Array]): void => {
    const back = decodeBundle(Buffer.from([13, 1, packing, 0, 0, ...bytes]), { unpack });
    assert.ok(back.ok || back.why.length > 0);
  };
  fc.assert(fc.property(noise, quiet), { seed, numRuns: 3_000 });
});
