import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Duration, days, formatDuration, hours, millis, minutes, parseDuration, seconds } from './duration.ts';

test('duration: each unit is its number of milliseconds [KER-1]', () => {
  assert.deepEqual(
    [millis(250), seconds(30), minutes(5), hours(24), days(7)],
    [250, 30_000, 300_000, 86_400_000, 604_800_000],
  );
});

const readings: readonly (readonly [string, Duration])[] = [
  ['250ms', millis(250)],
  ['30s', seconds(30)],
  ['5m', minutes(5)],
  ['24h', hours(24)],
  ['7d', days(7)],
  ['1.5h', minutes(90)],
  [' 5s ', seconds(5)],
  ['0s', millis(0)],
  ['1.005s', millis(1_005)],
];

for (const [text, duration] of readings) {
  test(`duration: "${text}" is ${duration} ms [KER-1]`, () => {
    assert.deepEqual(parseDuration(text), { ok: true, value: duration });
  });
}

for (const text of [
  '',
  '5',
  '5 s',
  's',
  '-5s',
  '5S',
  '5s5',
  '1e3s',
  'Infinitys',
  '.5s',
  '5.s',
  `${'9'.repeat(400)}d`,
]) {
  test(`duration: "${text.slice(0, 20)}" is refused with a reason [KER-2]`, () => {
    const result = parseDuration(text);
    assert.equal(result.ok, false);
    assert.ok(!result.ok && result.why.length > 0);
  });
}

test('duration: it is written in the largest unit that divides it [KER-3]', () => {
  const written = [millis(0), millis(1_500), seconds(60), minutes(90), hours(48), millis(0.25)].map(formatDuration);
  assert.deepEqual(written, ['0ms', '1500ms', '1m', '90m', '2d', '0.25ms']);
});
