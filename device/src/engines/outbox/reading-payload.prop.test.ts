import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyDraft, payloadDecoders } from '@selvedge/protocol';
import fc from 'fast-check';
import { checkReading, encodeNamedReading } from './reading-payload.ts';

const value = fc.oneof(fc.double({ noNaN: false }), fc.boolean(), fc.string({ unit: 'binary', maxLength: 1_100 }));
const name = fc.oneof(
  { weight: 9, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 70 }) },
);
const values = fc.dictionary(name, value, { maxKeys: 6, noNullPrototype: true });

test('device: what it takes, the edge decodes to the same values and name; what it refuses, no door takes [DEV-10]', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 1e11, max: 8e15 }), (given, takenAt) => {
      if (!checkReading(given, takenAt).ok) return;
      const payload = encodeNamedReading({ boot: 3, seq: 9, takenAt, values: given });
      const draft = emptyDraft();
      const failure = payloadDecoders['json']!(draft, payload, 0, payload.length, () => undefined);
      assert.equal(failure, undefined);
      const read = Object.fromEntries(draft.names.slice(0, draft.count).map((name, at) => [name, draft.values[at]]));
      const sent = Object.fromEntries(Object.entries(given).map(([name, one]) => [name, one === 0 ? 0 : one]));
      assert.deepEqual(read, sent);
      assert.deepEqual([draft.boot, draft.seq, draft.takenAt], [3, 9, takenAt]);
    }),
    { seed: 20_251_122, numRuns: 300 },
  );
});
