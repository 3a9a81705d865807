import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Heard, hearReadings, hearStatus, newDevice } from './fold-device.ts';

const heard = (about: Partial<Heard>): Heard => ({
  node: 'edge-1',
  stored: 1,
  duplicates: 0,
  firstReceived: 100,
  lastReceived: 100,
  values: [],
  ...about,
});

test('registry: readings count, and the newest value of each name stays [CLD-20]', () => {
  let device = newDevice('pump-7', 'edge-1', 100);
  device = hearReadings(device, heard({ values: [{ takenAt: 100, values: { a: 1, b: 1 } }] }));
  device = hearReadings(
    device,
    heard({ stored: 2, duplicates: 3, lastReceived: 300, values: [{ takenAt: 300, values: { a: 3 } }] }),
  );
  device = hearReadings(
    device,
    heard({ node: 'edge-2', firstReceived: 50, lastReceived: 200, values: [{ takenAt: 200, values: { a: 2, c: 2 } }] }),
  );
  assert.deepEqual(device.latest, { a: 3, b: 1, c: 2 });
  assert.deepEqual(
    [device.latestAt, device.firstSeen, device.lastSeen, device.readingsTotal, device.duplicatesTotal, device.node],
    [300, 50, 300, 4, 3, 'edge-1'],
  );
});

test('registry: a device that invents names for ever does not fill its row', () => {
  let device = newDevice('liar', 'edge-1', 0);
  for (let i = 0; i < 1_000; i++) {
    device = hearReadings(device, heard({ values: [{ takenAt: i, values: { [`name-${i}`]: i } }] }));
    assert.ok(Object.keys(device.latest).length <= 256);
  }
  assert.equal(device.latest['name-999'], 999);
});

test('registry: a status is believed unless something newer was heard; it may carry name and type [CLD-20]', () => {
  const device = newDevice('pump-7', 'edge-1', 100);
  const said = hearStatus(
    device,
    { device: 'pump-7', online: false, at: 200, detail: { name: 'Pump 7', type: 'machine', x: 1 } },
    'edge-2',
  );
  assert.deepEqual(
    [said.online, said.name, said.type, said.lastSeen, said.node],
    [false, 'Pump 7', 'machine', 200, 'edge-2'],
  );
  const heardLast = { ...said, toldAt: 100 };
  const late = hearStatus(heardLast, { device: 'pump-7', online: true, at: 150, detail: { type: 'press' } }, 'edge-1');
  assert.deepEqual([late.online, late.type, late.lastSeen, late.node], [false, 'press', 200, 'edge-2']);
  assert.equal(hearReadings(said, heard({ lastReceived: 201 })).online, true);
  assert.equal(hearReadings(said, heard({ lastReceived: 199 })).online, false);
  const odd = hearStatus(said, { device: 'pump-7', online: true, at: 300, detail: { name: 7, type: '' } }, 'edge-2');
  assert.deepEqual([odd.name, odd.type], ['Pump 7', 'machine']);
});

test('registry: an older status that comes from a backlog takes no newer name away [CLD-20]', () => {
  const told = hearStatus(
    newDevice('pump-7', 'edge-1', 1),
    { device: 'pump-7', online: true, at: 200, detail: { name: 'new' } },
    'edge-1',
  );
  assert.equal(
    hearStatus(told, { device: 'pump-7', online: false, at: 100, detail: { name: 'old' } }, 'edge-1').name,
    'new',
  );
  const late = hearStatus(
    { ...told, lastSeen: 900 },
    { device: 'pump-7', online: false, at: 300, detail: { name: 'newer' } },
    'edge-1',
  );
  assert.deepEqual([late.name, late.online], ['newer', true]);
});
