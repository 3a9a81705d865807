import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeEnrolmentToken, encodeEnrolmentToken } from './enrolment-token.ts';

const seed = 20_260_301;
const characters = (all: string, size: { min: number; max: number }) =>
  fc.string({ unit: fc.constantFrom(...all), minLength: size.min, maxLength: size.max });
const fingerprint = characters('0123456789abcdef', { min: 64, max: 64 });
const secret = characters('ABCXYZabcxyz0189-_', { min: 16, max: 256 });

test(`enrolment token: what is encoded is read back, white space around it allowed [TRU-13] seed ${seed}`, () => {
  fc.assert(
    fc.property(fc.record({ fingerprint, secret }, { noNullPrototype: true }), (token) => {
      assert.deepEqual(decodeEnrolmentToken(` ${encodeEnrolmentToken(token)}\n`), { ok: true, value: token });
    }),
    { seed },
  );
});

test(`enrolment token: any other text is refused, and never thrown at [TRU-13] seed ${seed}`, () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `sv1.${text}`),
      ),
      (text) => {
        assert.equal(decodeEnrolmentToken(text).ok, false);
      },
    ),
    { seed },
  );
});

test('enrolment token: the refusal says which part is wrong and does not repeat the secret [TRU-13]', () => {
  const hex = 'a'.repeat(64);
  const cases: readonly [string, RegExp][] = [
    ['', /begins with sv1/],
    [`sv2.${hex}.ssssssssssssssss`, /begins with sv1/],
    [`sv1.${hex}`, /3 parts between dots, this has 2/],
    [`sv1.${hex.toUpperCase()}.ssssssssssssssss`, /fingerprint/],
    [`sv1.${hex}.topsecret`, /16 to 256/],
    [`sv1.${hex}.topsecret/topsecret`, /16 to 256/],
  ];
  for (const [text, why] of cases) {
    const verdict = decodeEnrolmentToken(text);
    assert.match(verdict.ok ? 'taken' : verdict.why, why);
    assert.ok(!JSON.stringify(verdict).includes('topsecret'));
  }
});
