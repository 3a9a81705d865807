import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hours } from '@selvedge/kernel';
import { type Receipt, receipts } from './receipts.ts';

const receipt = (device: string, key: string, at = 0): Receipt => ({
  ...{ device, key, at, payloads: 1, digest: '', whole: true },
  ...{ taken: 1, duplicates: 0, quarantined: 0, failures: [] },
});

test('receipts: of one device the oldest goes, of all those of the device that was silent for longest [EDG-83]', () => {
  const kept = receipts({ sizeMax: 5, perDeviceMax: 2, ageMax: hours(24) });
  for (const key of ['1', '2', '3']) kept.keep(receipt('busy', key));
  assert.deepEqual(
    kept.all(0).map((one) => one.key),
    ['2', '3'],
  );
  for (const device of ['a', 'b', 'c']) kept.keep(receipt(device, 'x'));
  kept.keep(receipt('busy', '4'));
  kept.keep(receipt('d', 'x'));
  assert.deepEqual(
    kept.all(0).map((one) => `${one.device}${one.key}`),
    ['bx', 'cx', 'busy3', 'busy4', 'dx'],
  );
  assert.deepEqual([kept.size, kept.forgotten], [5, 3]);
});

test('receipts: one is found for a day, and a newer one takes its place [EDG-83]', () => {
  const kept = receipts({ sizeMax: 5, perDeviceMax: 2, ageMax: hours(24) });
  kept.keep(receipt('a', 'x', 0));
  assert.ok(kept.find('a', 'x', hours(24)));
  assert.equal(kept.find('a', 'x', hours(24) + 1), undefined);
  assert.deepEqual(kept.all(hours(24) + 1), []);
  kept.keep(receipt('a', 'x', hours(1)));
  assert.equal(kept.size, 1);
  assert.ok(kept.find('a', 'x', hours(25)));
  assert.equal(kept.find('b', 'x', 0), undefined);
});
