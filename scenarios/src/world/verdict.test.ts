import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Audit, Unaudited } from './three-places.ts';
import { type Asked, settled } from './verdict.ts';

const sound: Audit = { balanced: true, complete: true, lost: 0, doubled: 0, altered: 0, pending: 0 };

const cloudWith = (numbers: readonly number[], audits: (Audit | Unaudited)[]): Asked => ({
  insist: async <Answer>() => ({ readings: numbers.map((n) => ({ values: { n } })) }) as Answer,
  audit: async () => (audits.length > 1 ? audits.shift()! : audits[0]!),
});

const acked = new Map([['pump', new Set([1, 2, 3])]]);
const soon = () => ({ from: Date.now() - 1_000, latest: performance.now() + 100 });

test('three places: the judge names what is lost and what is doubled [TST-38]', async () => {
  assert.deepEqual(await settled(cloudWith([1, 3, 3, 4], [sound]), acked, soon()), {
    lost: ['pump/2'],
    doubled: ['pump/3'],
    stored: 4,
    audit: sound,
  });
});

test('three places: the judge waits for what is on its way, and not for ever [TST-38]', async () => {
  const waiting = { ...sound, pending: 2 };
  const after = await settled(cloudWith([1, 2, 3], [waiting, sound]), acked, soon());
  assert.deepEqual([after.lost, after.audit], [[], sound]);
  for (const never of [{ ...sound, balanced: false }, { why: 'exit 3: the cloud was not reached' }])
    assert.equal((await settled(cloudWith([1, 2, 3], [never]), acked, soon())).audit, never);
});
