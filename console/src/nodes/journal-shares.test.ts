import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { NodeView } from '../api/views.ts';
import { journalShares } from './journal-shares.ts';

const node = (held: number, pending: number, expired: number): NodeView => ({
  id: 'edge-1',
  epoch: 'aaaaaaaaaaaa',
  online: true,
  firstSeen: 0,
  lastSeen: 0,
  acknowledged: held === 0 ? [] : [[0, held]],
  report: {
    time: 0,
    startedAt: 0,
    mode: 'online',
    clients: 0,
    devices: 0,
    readingsTotal: 0,
    quarantinedTotal: 0,
    refusedTotal: 0,
    unmappedTotal: 0,
    journal: { sizeBytes: 0, firstOffset: 0, headOffset: 0, pending, expired },
    memoryBytes: 0,
  },
});

test('console: a small backlog beside a long journal is still seen [CON-7]', () => {
  const shares = journalShares(node(1_000_000, 12, 0));
  assert.deepEqual(
    shares.map(({ name, count }) => [name, count]),
    [
      ['acknowledged', 1_000_000],
      ['pending', 12],
      ['expired', 0],
    ],
  );
  assert.ok(shares[1]!.share >= 0.01);
  assert.equal(shares[2]!.share, 0);
});

test('console: what a node keeps while it is cut off is not given as a number [CON-7]', () => {
  const pending = journalShares({ ...node(1_000, 0, 0), online: false })[1]!;
  assert.equal(pending.count, undefined);
  assert.ok(pending.share > 0, 'but it is seen');
});

test('console: a node that has not reported shows what the cloud has [CON-7]', () => {
  const shares = journalShares({ ...node(10, 0, 0), report: null });
  assert.deepEqual(
    shares.map(({ share }) => share),
    [1, 0, 0],
  );
  assert.ok(journalShares(node(0, 0, 0)).every(({ share }) => share === 0));
});
