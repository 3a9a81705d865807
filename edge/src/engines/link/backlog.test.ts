import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Batch, Journal } from '@selvedge/journal';
import { fetchBacklog } from './backlog.ts';
import { firstUndone, flightOf, freshLane, rangeOf, takeBatches } from './lane.ts';

const batches = Array.from(
  { length: 10 },
  (_, index) => ({ klass: 1, firstOffset: index * 2, count: 2, bodyLength: 100 }) as Batch,
);

/** A journal of ten batches, of one class. */
const journal = {
  async *read(from: number) {
    for (const batch of batches) if (rangeOf(batch)[1] > from) yield batch;
  },
} as unknown as Journal;

test('link: what is left to the backlog behind the place of reading is not passed by [LNK-33]', async () => {
  const lane = freshLane(1, [[8, 20]]);
  const { signal } = new AbortController();
  await fetchBacklog(lane, journal, 300, signal);
  // A connection is lost, and what was under way on it goes again.
  lane.ranges = [[2, 6], ...lane.ranges];
  await fetchBacklog(lane, journal, 600, signal);
  assert.equal(firstUndone(lane, 20), 2);
  const taken = takeBatches(lane, 'replay', 400, 100);
  lane.flights.push(flightOf(taken, undefined, lane, false));
  assert.deepEqual(lane.flights[0]?.left, [
    [2, 6],
    [8, 12],
  ]);
  assert.equal(firstUndone(lane, 20), 2, 'the cursor waits for it');
});
