import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatDuration, millis, parseDuration } from './duration.ts';

test('duration: what is written is read back exactly, up to the longest [KER-3]', () => {
  const whole = fc.maxSafeNat().map(millis);
  const fine = fc.nat(1e9).map((nanoseconds) => millis(nanoseconds / 1e6));
  fc.assert(
    fc.property(fc.oneof(whole, fine), (duration) => {
      assert.deepEqual(parseDuration(formatDuration(duration)), { ok: true, value: duration });
    }),
    { seed: 1 },
  );
});

test('duration: whatever text is read, the result is a whole number of nanoseconds or a reason [KER-2]', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^\d{1,20}(\.\d{1,12})?(ms|s|m|h|d)$/));
  fc.assert(
    fc.property(text, (given) => {
      const result = parseDuration(given);
      if (!result.ok) return;
      assert.ok(result.value >= 0 && result.value <= Number.MAX_SAFE_INTEGER);
      assert.deepEqual(parseDuration(formatDuration(result.value)), result);
    }),
    { seed: 2 },
  );
});
