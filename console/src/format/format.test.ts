import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBytes, formatCount, formatNumber, formatRate, formatValue, plural } from './number.ts';
import { previewPayload } from './payload.ts';
import { formatAge, formatMoment, formatSpan } from './time.ts';

const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64');

test('console: a measured value keeps about four digits and a whole one stays whole [CON-3]', () => {
  const shown = [0, 7, -7, 71.25, 71.256, 1480, 1480.6, 123.456, 0.1234, 0.00456, -0.5].map((value) =>
    formatNumber(value),
  );
  assert.deepEqual(shown, [
    '0',
    '7',
    '\u22127',
    '71.25',
    '71.26',
    '1\u202f480',
    '1\u202f481',
    '123.5',
    '0.123',
    '0.00456',
    '\u22120.500',
  ]);
  assert.equal(formatNumber(1e12), '1.00e+12');
  assert.equal(formatNumber(Number.NaN), '–');
});

test('console: switches and texts are shown as such, and nothing as a dash [CON-3]', () => {
  assert.deepEqual(
    [true, false, 'idle', 4, undefined].map((value) => formatValue(value)),
    ['on', 'off', 'idle', '4', '–'],
  );
  assert.equal(formatValue(52, true), '52.00');
});

test('console: counts, rates and sizes keep their width and name their unit [CON-3]', () => {
  assert.equal(formatCount(1_234_567), '1\u202f234\u202f567');
  assert.deepEqual([0, 41.23, 99.96, 1_204.4].map(formatRate), ['0.0', '41.2', '100', '1\u202f204']);
  assert.deepEqual([0, 512, 1_536, 10_485_760, 268_435_456].map(formatBytes), [
    '0 B',
    '512 B',
    '1.5 KiB',
    '10.0 MiB',
    '256 MiB',
  ]);
  assert.deepEqual([plural(1, 'device'), plural(2, 'device')], ['1 device', '2 devices']);
});

test('console: ages and spans are said in the unit a person would use [CON-3]', () => {
  const now = 1_790_000_000_000;
  assert.deepEqual([0, 59_999, 125_000, 120_000, 1_800_000, 3_900_000, 40_000_000, 500_000_000].map(formatSpan), [
    '0 s',
    '59 s',
    '2 min 5 s',
    '2 min',
    '30 min',
    '1 h 5 min',
    '11 h',
    '5 d',
  ]);
  assert.equal(formatAge(now - 900, now), 'now');
  assert.equal(formatAge(now + 4_000, now), 'now');
  assert.equal(formatAge(now + 90_000, now), 'in 1 min 30 s');
  assert.equal(formatAge(now - 3_000, now), '3 s ago');
  assert.equal(formatAge(now - 103_000, now), '1 min ago');
  assert.ok(formatMoment(now - 86_400_000, now).length > formatMoment(now, now).length, 'yesterday carries its date');
});

test('console: a refused payload is shown as text, else as bytes, and says what was cut [CON-9]', () => {
  assert.deepEqual(previewPayload(base64('{"a":'), 5), { kind: 'text', text: '{"a":', cut: 0 });
  assert.deepEqual(previewPayload(base64(Uint8Array.of(0xff, 0x00, 0x41)), 3), {
    kind: 'bytes',
    text: 'ff 00 41',
    cut: 0,
  });
  assert.deepEqual(previewPayload(base64('\u0007bell'), 5).kind, 'bytes');
  assert.deepEqual(previewPayload('', 0), { kind: 'empty', text: '', cut: 0 });
  const half = Buffer.from('aé').subarray(0, 2);
  assert.deepEqual(previewPayload(base64(half), 4_000), { kind: 'text', text: 'a', cut: 3_998 });
});
