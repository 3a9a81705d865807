import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newTwin } from '@selvedge/protocol';
import { freshTwin, moveTwin, recordArrived } from './fold-twin.ts';

const now = 1_700_000_000_000;
const year = 31_536_000_000;
const ownerOf = (state: { twin: { owner: { node: string; term: number } } }) => state.twin.owner;

test('twin: a device moves to the node that it was heard through last, under a higher term [TWN-29]', () => {
  const first = freshTwin('pump-7', 'edge-1', now);
  const moved = moveTwin(first, 'edge-2', now + 5_000, now + 6_000);
  assert.deepEqual([ownerOf(moved), moved.movedAt], [{ node: 'edge-2', term: 2 }, now + 5_000]);
  assert.equal(moveTwin(moved, 'edge-1', now + 4_000, now + 7_000), moved, 'a late record');
  assert.deepEqual(ownerOf(moveTwin(moved, 'edge-1', now + 8_000, now + 9_000)), { node: 'edge-1', term: 3 });
});

test('twin: a clock a year ahead, at a node or here, does not hold a device for ever [TWN-29, TWN-4]', () => {
  const record = { ...newTwin('pump-7', { node: 'edge-2', term: 0 }), at: now + year, events: [] };
  const moved = recordArrived(freshTwin('pump-7', 'edge-1', now - 1_000), record, 'edge-2', now).state;
  assert.deepEqual([ownerOf(moved), moved.movedAt], [{ node: 'edge-2', term: 2 }, now]);
  const ahead = { ...moved, movedAt: now + year };
  assert.deepEqual(ownerOf(moveTwin(ahead, 'edge-1', now + 1_000, now + 1_000)), { node: 'edge-1', term: 3 });
});
