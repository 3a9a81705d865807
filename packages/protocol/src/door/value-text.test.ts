import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import { node } from '../../test/hear.ts';

const hear = node([{ filter: 'house/+/+', device: '$1', decoder: 'value', metric: 'room.$2' }]);

const heardValue = (payload: string | Uint8Array): unknown => {
  const heard = hear('house/kitchen/temperature', payload)!;
  return heard.reason ?? heard.readings[0]!.values['room.temperature'];
};

test('value: a payload is one value, named by the map [PRO-73]', () => {
  assert.deepEqual(hear('house/kitchen/temperature', '21.5'), {
    device: 'kitchen',
    readings: [{ takenAt: -1, values: { 'room.temperature': 21.5 } }],
    reason: undefined,
    why: '',
  });
});

test('value: numbers, switches and texts as devices write them [PRO-73]', () => {
  const cases: [payload: string, value: unknown][] = [
    ['0', 0],
    ['-0.50', -0.5],
    ['+5', 5],
    ['.5', 0.5],
    ['5.', 5],
    ['1e3', 1_000],
    [' 21.5\r\n', 21.5],
    ['007', 7],
    ['true', true],
    ['False', false],
    ['ON', true],
    ['off', false],
    ['OPEN', 'OPEN'],
    ['"closed"', 'closed'],
    ['"21.5"', '21.5'],
    ['"a" and "b"', '"a" and "b"'],
    ['0x1f', '0x1f'],
    ['21,5', '21,5'],
    ['1 2', '1 2'],
    ['grün', 'grün'],
  ];
  for (const [payload, value] of cases) assert.deepEqual(heardValue(payload), value, payload);
});

test('value: what is not one value is refused with its own reason [PRO-73]', () => {
  const cases: [payload: string | Uint8Array, reason: string][] = [
    ['', 'no-value'],
    [' \n', 'no-value'],
    ['{"t":1}', 'payload-not-value'],
    ['[1]', 'payload-not-value'],
    ['nan', 'value-not-finite'],
    ['-inf', 'value-not-finite'],
    ['1e999', 'value-not-finite'],
    ['x'.repeat(1_025), 'value-too-long'],
    ['"\\ud800"', 'value-not-text'],
    [Buffer.from([0xff]), 'payload-not-utf8'],
  ];
  for (const [payload, reason] of cases) assert.equal(heardValue(payload), reason, payload.toString());
  assert.equal(hear(`house/kitchen/${'x'.repeat(65)}`, '1')?.reason, 'name-unfit');
});

test('value: a long payload takes time in proportion to its length [PRO-14] [PRO-73]', () => {
  for (const payload of [`${'1'.repeat(1_000_000)}x`, `${' '.repeat(1_000_000)}x${' '.repeat(1_000_000)}y`])
    assert.equal(heardValue(payload), 'value-too-long');
});
