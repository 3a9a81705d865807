import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TwinEvent, TwinView } from './twin-api.ts';
import { isReversible, readTwinText, sayTwinValue, sayWho, twinRows } from './twin-rows.ts';

const twin: TwinView = {
  device: 'pump-7',
  node: 'edge-1',
  version: '0',
  desired: { interval: 5, mode: 'eco', limit: 3 },
  reported: { interval: 4, mode: 'eco', firmware: '1.2' },
  tags: {},
  policy: {},
  pending: ['desired.limit'],
  conflicts: [],
};

test('twin: what differs stands first, then what is on its way [TWN-33]', () => {
  assert.deepEqual(
    twinRows(twin).map(({ name, state }) => [name, state]),
    [
      ['interval', 'differs'],
      ['limit', 'pending'],
      ['mode', 'same'],
      ['firmware', 'reported'],
    ],
  );
});

test('twin: values and names as a person reads and writes them [TWN-33]', () => {
  assert.deepEqual([null, undefined, 'a', 1.5, false, ['a', 2]].map(sayTwinValue), [
    '—',
    '—',
    'a',
    '1.5',
    'false',
    'a, 2',
  ]);
  assert.deepEqual(['5', 'true', '["a"]', 'eco'].map(readTwinText), [5, true, ['a'], 'eco']);
  assert.deepEqual(['operator:ada', 'device:pump-7', 'x'].map(sayWho), ['ada', 'pump-7', 'x']);
  const event = (kind: TwinEvent['kind'], parked: boolean) => ({ kind, parked }) as TwinEvent;
  assert.deepEqual(
    [event('edit', false), event('conflict', false), event('conflict', true), event('clamp', false)].map(isReversible),
    [true, true, false, false],
  );
});
