import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shapes, type Value, valueNames } from '@selvedge/protocol';
import { clearColumns, emptyColumns, pushRow } from '../intake/columns.ts';
import { lastReadings } from './last-readings.ts';

type Row = readonly [device: number, values: Readonly<Record<string, Value>>, takenAt: number, receivedAt?: number];

function setUp(devicesMax = 10) {
  const latest = lastReadings({ devicesMax, epoch: 'e', isWhole: () => true, idOf: (index) => `d${index}` });
  const columns = emptyColumns();
  const table = shapes();
  let offset = 0;
  const take = (...rows: readonly Row[]): void => {
    clearColumns(columns);
    for (const [device, values, takenAt, receivedAt = takenAt] of rows) {
      const names = valueNames(values);
      const list = names.map((name) => values[name]!);
      const shape = table.of(names, list, names.length);
      pushRow(columns, { offset: offset++, device, takenAt, receivedAt, boot: -1, seq: -1, shape }, list);
    }
    latest.take(columns, 0, columns.count);
  };
  const ids = (): ReadonlySet<string> => new Set(latest.ids());
  return { latest, take, ids };
}

test('last readings: the newest of a batch and of all batches, with its values as they were sent [EDG-106]', () => {
  const { latest, take } = setUp();
  take([1, { t: 1, on: true, mode: 'x' }, 10], [2, { t: 5 }, 10], [1, { t: 2, on: false, mode: 'y' }, 20]);
  assert.deepEqual(latest.of('d1'), {
    ...{ device: 'd1', takenAt: 20, receivedAt: 20, version: 'e-2' },
    values: { mode: 'y', on: false, t: 2 },
  });
  take([1, { t: 3 }, 15, 30]);
  assert.equal(latest.of('d1')?.values['t'], 2, 'a late one is not the last');
  take([1, { t: 4 }, 20, 40]);
  assert.deepEqual(latest.of('d1')?.values, { t: 4 });
  take([1, { a: 'x', t: 5, z: 'y' }, 50]);
  take([1, { a: 'u', t: 6, z: 'v' }, 60]);
  assert.deepEqual(latest.of('d1')?.values, { a: 'u', t: 6, z: 'v' });
  assert.equal(latest.of('nobody'), undefined);
  assert.equal([...latest.all()].length, 2);
});

test('last readings: a device whose clock ran ahead goes on when it is right again; so it does when the node’s clock is set back [EDG-106]', () => {
  const { latest, take } = setUp();
  take([1, { t: 1 }, 90_000, 10]);
  take([1, { t: 2 }, 20, 20]);
  assert.equal(latest.of('d1')?.values['t'], 2);
  take([1, { t: 3 }, 5, 5]);
  assert.equal(latest.of('d1')?.values['t'], 3);
});

test('last readings: they are bounded; one not heard for long gives way and is counted [EDG-105]', () => {
  const { latest, take, ids } = setUp(3);
  take([1, { t: 1 }, 1], [2, { t: 1 }, 1], [3, { t: 1 }, 1]);
  take([4, { t: 1 }, 2]);
  assert.equal(ids().size, 3);
  assert.ok(ids().has('d4'));
  take([4, { t: 2 }, 3], [3, { t: 2 }, 3]);
  take([5, { t: 1 }, 4]);
  assert.deepEqual(ids(), new Set(['d3', 'd4', 'd5']));
  assert.match(latest.metrics(), /edge_last_readings_forgotten_total 2/);
  take(...Array.from({ length: 100 }, (_, index): Row => [index, { t: index }, 5]));
  assert.equal(ids().size, 3);
});

test('last readings: who watches a device is told once a batch, of newer ones only, until he leaves [EDG-106]', () => {
  const { latest, take } = setUp();
  let told = 0;
  const leave = latest.watch('d1', () => (told += 1));
  take([1, { t: 1 }, 10], [1, { t: 2 }, 11], [2, { t: 1 }, 10]);
  assert.equal(told, 1);
  take([1, { t: 3 }, 5, 12]);
  assert.equal(told, 1);
  take([1, { t: 4 }, 12]);
  assert.equal(told, 2);
  leave();
  leave();
  take([1, { t: 5 }, 13]);
  assert.equal(told, 2);
});
