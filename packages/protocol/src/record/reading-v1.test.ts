import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import type { Reading } from '../reading.ts';
import { encodeReading } from '../reading-draft.ts';
import { readReading } from './reading-v1.ts';

const whole: Reading = {
  device: 'pump-7',
  boot: 3,
  seq: 4711,
  takenAt: 1_700_000_000_123,
  receivedAt: 1_700_000_000_456,
  quality: 1,
  values: { temperature: 21.5, open: true, state: 'läuft' },
};

/** The record of `whole`, field by field. */
const wholeRecord = [
  '01 01 01 01', // kind, version, flags, quality
  '06 70756d702d37', // device
  '00b0 8756 febc 7842', // takenAt
  '0080 9c56 febc 7842', // receivedAt
  '03000000 0000 0000 0067 b240', // boot, seq
  '03  01 04 6f70656e  02 05 7374617465  00 0b 74656d7065726174757265', // count, then kind and name
  '01  0600 6cc3a4756674  0000 0000 0080 3540', // open, state, temperature
]
  .join('')
  .replaceAll(' ', '');

const good = encodeReading(whole);

function refused(record: Buffer): string {
  const result = readReading(record);
  assert.equal(result.ok, false);
  return result.ok ? '' : result.why;
}

/** The record of `whole` with the byte at `at` replaced. */
function changed(at: number, byte: number): Buffer {
  const record = Buffer.from(good);
  record[at] = byte;
  return record;
}

test('reading record: the bytes of version 1 do not change [PRO-6]', () => {
  assert.equal(good.toString('hex'), wholeRecord);
  assert.deepEqual(readReading(Buffer.from(wholeRecord, 'hex')), { ok: true, value: whole });
});

test('reading record: a reading without a name comes back without one [PRO-1]', () => {
  const { boot: _boot, seq: _seq, ...unnamed } = whole;
  assert.deepEqual(readReading(encodeReading(unnamed)), { ok: true, value: unnamed });
});

test('reading record: a record is read where it lies among others [PRO-1]', () => {
  const bytes = Buffer.concat([Buffer.from('before'), good, good]);
  assert.deepEqual(readReading(bytes, 6, 6 + good.length), { ok: true, value: whole });
});

test('reading record: the order in which values were given does not matter [PRO-2]', () => {
  const { temperature, open, state } = whole.values as { temperature: number; open: boolean; state: string };
  assert.deepEqual(encodeReading({ ...whole, values: { state, temperature, open } }), good);
  const integers = { ...whole, values: JSON.parse('{"2":1,"10":2,"1":3,"b":4,"a":5}') as Reading['values'] };
  const record = encodeReading(integers);
  const back = readReading(record);
  assert.ok(back.ok);
  assert.deepEqual(back.value, integers);
  assert.deepEqual(encodeReading(back.value), record);
});

test('reading record: names that every object has are kept like any other [PRO-4]', () => {
  const values = { constructor: 1, toString: 'x', hasOwnProperty: false, valueOf: -0 } as unknown as Reading['values'];
  const back = readReading(encodeReading({ ...whole, values }));
  assert.ok(back.ok);
  assert.deepEqual(Object.entries(back.value.values).sort(), Object.entries(values).sort());
});

test('reading record: __proto__ names no value, and changes no object [PRO-4]', () => {
  const values = JSON.parse('{"__proto__":7}') as Reading['values'];
  assert.match(refused(encodeReading({ ...whole, values })), /does not name a value/);
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

test('reading record: every shorter or longer record is refused [PRO-3]', () => {
  for (let length = 0; length < good.length; length++) refused(good.subarray(0, length));
  refused(Buffer.concat([good, Buffer.of(0)]));
});

test('reading record: a cut record is refused, although the next one follows at once [PRO-3]', () => {
  const two = Buffer.concat([good, good]);
  for (let end = 1; end < two.length; end++) assert.equal(readReading(two, 0, end).ok, end === good.length, `${end}`);
});

test('reading record: what is not the one spelling of a reading is refused [PRO-2]', () => {
  const nameAt = good.indexOf('open');
  assert.match(refused(changed(0, 2)), /kind 2/);
  assert.match(refused(changed(1, 2)), /version 2/);
  assert.match(refused(changed(2, 3)), /flags 3/);
  assert.match(refused(changed(5, 0xff)), /device/);
  assert.match(refused(changed(5, 0x2f)), /device/);
  assert.match(refused(changed(nameAt, 0x7a)), /not in order/);
  assert.match(refused(changed(nameAt, 0xff)), /does not name a value/);
  assert.match(refused(changed(nameAt - 2, 3)), /kind 3/);
  assert.match(refused(changed(good.length - 17, 2)), /neither 0 nor 1/);
  assert.match(refused(changed(good.length - 14, 0xff)), /not UTF-8/);
});

test('reading record: numbers that are none are refused [PRO-3]', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.match(refused(encodeReading({ ...whole, values: { t: value } })), /is (NaN|Infinity)/);
    assert.match(refused(encodeReading({ ...whole, takenAt: value })), /not a time/);
    assert.match(refused(encodeReading({ ...whole, receivedAt: value })), /not a time/);
  }
  assert.match(refused(encodeReading({ ...whole, seq: 0.5 })), /sequence/);
  assert.match(refused(encodeReading({ ...whole, seq: -1 })), /sequence/);
});
