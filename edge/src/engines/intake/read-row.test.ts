import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hours } from '@selvedge/kernel';
import type { ReadingsRequest, Snapshots } from '../../ports.ts';
import { deviceTable } from './devices.ts';
import { intakeSite, payload } from './intake.fixture.ts';
import { restoreNames, saveNames } from './read-row.ts';
import { receipts } from './receipts.ts';

test('restart: names and receipts come from the snapshot and from what was journaled after it [EDG-82] [EDG-5]', async () => {
  const site = intakeSite(1);
  await site.boot();
  const files = new Map<string, Buffer>();
  const snapshots: Snapshots = {
    read: async (name) => files.get(name),
    write: async (name, bytes) => void files.set(name, Buffer.from(bytes)),
  };
  const ask = async (key: string, seq: number) => {
    const request = site.door().openRequest('a', 'json', key) as ReadingsRequest;
    request.take([payload({ t: 1, $boot: 1, $seq: seq })], true);
    assert.equal(await site.outcome(request.commit()), 'durable');
    request.release();
  };
  await ask('before', 1);
  const devices = deviceTable(10);
  devices.settle(devices.indexOf('a'), 1, 1);
  await saveNames(devices, site.receipts, { offset: site.journal.head.offset, now: 0 }, snapshots);
  await ask('after', 2);

  const known = deviceTable(10);
  const kept = receipts({ sizeMax: 10, perDeviceMax: 10, ageMax: hours(24) });
  const restored = restoreNames(known, kept, site.journal, snapshots);
  assert.equal(await site.outcome(restored), 'durable');
  assert.deepEqual(
    [1, 2, 3].map((seq) => known.isNew(known.indexOf('a'), 1, seq)),
    [false, false, true],
  );
  const keys = kept.all(0).map((one) => one.key);
  assert.deepEqual(keys, ['before', 'after']);
});
