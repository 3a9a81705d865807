import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeTime } from './time.ts';

const time = (raw: unknown): number => {
  const result = decodeTime(raw);
  assert.ok(result.ok, `${JSON.stringify(raw)} was refused`);
  return result.value;
};

test('payload time: seconds, milliseconds and ISO 8601 say the same [PRO-11]', () => {
  const same = [
    1_700_000_000,
    1_700_000_000_000,
    '2023-11-14T22:13:20Z',
    '2023-11-14T22:13:20.000Z',
    '2023-11-14T23:13:20+01:00',
    '2023-11-15T03:43:20+0530',
    '2023-11-14T17:13:20.000000-05:00',
  ];
  for (const raw of same) assert.equal(time(raw), 1_700_000_000_000, String(raw));
  assert.equal(time('2023-11-14T22:13Z'), 1_699_999_980_000);
});

test('payload time: fractions are rounded to whole milliseconds [PRO-11]', () => {
  assert.equal(time(1_700_000_000.1234), 1_700_000_000_123);
  assert.equal(time(1_700_000_000_123.6), 1_700_000_000_124);
  assert.equal(time('2023-11-14T22:13:20.1239Z'), 1_700_000_000_123);
});

test('payload time: a bare number below 1e11 counts seconds [PRO-11]', () => {
  assert.equal(time(99_999_999_999), 99_999_999_999_000);
  assert.equal(time(100_000_000_000), 100_000_000_000);
  assert.ok(Object.is(time(-0), 0));
});

test('payload time: no time is ever corrected [PRO-11]', () => {
  const days = ['2024-02-30', '2023-02-29', '2024-04-31', '2024-13-01', '2024-00-10', '2024-01-00', '2024-01-32'];
  for (const day of days) assert.equal(decodeTime(`${day}T00:00:00Z`).ok, false, day);
  assert.equal(time('2024-02-29T00:00:00Z'), 1_709_164_800_000);
  for (const raw of [
    '2024-01-01T25:00:00Z',
    '2024-01-01T00:60:00Z',
    '2024-01-01T00:00:61Z',
    '2024-01-01T00:00:00+99:00',
  ])
    assert.equal(decodeTime(raw).ok, false, raw);
});

test('payload time: what is none is refused with what it was [PRO-11]', () => {
  const none = [
    '2024-01-01T00:00:00',
    '2024-01-01',
    'yesterday',
    '',
    '1700000000',
    '1969-12-31T23:59:59.999Z',
    -1,
    8.64e15 + 2,
    1e300,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    true,
    null,
    undefined,
    [],
    { time: 1 },
    'x'.repeat(10_000),
  ];
  for (const raw of none) {
    const result = decodeTime(raw);
    assert.ok(!result.ok);
    assert.ok(result.why.length < 140, result.why);
  }
});

test('payload time: each time gives whole milliseconds from 1970 on, or none [PRO-11]', () => {
  const whole = (raw: unknown): void => {
    const result = decodeTime(raw);
    assert.ok(!result.ok || (Number.isSafeInteger(result.value) && result.value >= 0 && !Object.is(result.value, -0)));
  };
  const raw = fc.oneof(
    fc.double(),
    fc.string(),
    fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  );
  fc.assert(fc.property(raw, whole), { seed: 11, numRuns: 2_000 });
});

test('payload time: the moment that a date says in ISO 8601 is read back exactly [PRO-11]', () => {
  const exact = (date: Date): void => assert.equal(time(date.toISOString()), date.getTime());
  const dates = fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
  fc.assert(fc.property(dates, exact), { seed: 12, numRuns: 1_000 });
});
