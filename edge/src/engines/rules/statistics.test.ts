import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shapes, type Value } from '@selvedge/protocol';
import { emptyColumns, pushRow } from '../intake/columns.ts';
import { collector } from './statistics.ts';

const table = shapes();

function readings(device: number, values: readonly Record<string, Value>[]) {
  const columns = emptyColumns();
  for (const [offset, one] of values.entries()) {
    const [names, numbers] = [Object.keys(one), Object.values(one)];
    const shape = table.of(names, numbers, names.length);
    pushRow(columns, { offset, device, takenAt: 0, receivedAt: 0, boot: -1, seq: -1, shape }, numbers);
  }
  return columns;
}

const deviceOf = (index: number): string => `device-${index}`;

test('statistics: a metric is stated from 10 samples on, switches and texts never [EDG-15]', () => {
  const one = collector({ period: 60_000, panes: 5, metricsMax: 100 });
  const ten = readings(
    3,
    Array.from({ length: 10 }, (_, index) => ({ temperature: index, on: true, mode: 'auto' })),
  );
  one.collect(ten, 0, ten.count);
  const nine = readings(
    4,
    Array.from({ length: 9 }, () => ({ temperature: 1 })),
  );
  one.collect(nine, 0, nine.count);
  const found = one.turn(300_000, deviceOf);
  assert.equal(found.length, 1);
  assert.deepEqual(found[0], {
    device: 'device-3',
    windowFrom: 0,
    windowTo: 300_000,
    metrics: [{ metric: 'temperature', count: 10, mean: 4.5, min: 0, max: 9, deviation: Math.sqrt(8.25) }],
  });
});

test('statistics: a device that was not heard in the period is not stated, an old pane leaves after its window [EDG-15]', () => {
  const one = collector({ period: 60_000, panes: 2, metricsMax: 100 });
  const many = readings(
    0,
    Array.from({ length: 20 }, () => ({ t: 5 })),
  );
  one.collect(many, 0, 20);
  assert.equal(one.turn(60_000, deviceOf).length, 1);
  assert.equal(one.turn(120_000, deviceOf).length, 0);
  const more = readings(
    0,
    Array.from({ length: 12 }, () => ({ t: 7 })),
  );
  one.collect(more, 0, 12);
  assert.deepEqual(
    one.turn(180_000, deviceOf)[0]!.metrics.map(({ count, mean }) => [count, mean]),
    [[12, 7]],
  );
});

test('statistics: beyond the bound no new metric is collected [EDG-15]', () => {
  const one = collector({ period: 60_000, panes: 5, metricsMax: 1 });
  const two = readings(
    0,
    Array.from({ length: 10 }, () => ({ a: 1, b: 2 })),
  );
  one.collect(two, 0, 10);
  assert.deepEqual(
    one.turn(60_000, deviceOf)[0]!.metrics.map(({ metric }) => metric),
    ['a'],
  );
});
