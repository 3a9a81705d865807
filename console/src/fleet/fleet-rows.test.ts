import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeviceView } from '../api/views.ts';
import { filterFleet, typesOf, visibleRows } from './fleet-rows.ts';

const device = (id: string, type: string, node = 'edge-1'): DeviceView => ({
  id,
  node,
  name: `Name of ${id}`,
  type,
  firstSeen: 0,
  lastSeen: 0,
  online: true,
  readingsTotal: 0,
  alertsActive: 0,
  latest: {},
  latestAt: 0,
});

const fleet = [device('press-01', 'machine'), device('press-02', 'machine', 'edge-2'), device('valve-01', 'field')];
const everything = { text: '', type: '', node: '' };

test('console: a search finds devices that have every word in id, name, type or node [CON-2]', () => {
  const found = (filter: Partial<typeof everything>) =>
    filterFleet(fleet, { ...everything, ...filter }).map(({ id }) => id);
  assert.deepEqual(found({ text: 'PRESS' }), ['press-01', 'press-02']);
  assert.deepEqual(found({ text: ' press  edge-2 ' }), ['press-02']);
  assert.deepEqual(found({ type: 'field' }), ['valve-01']);
  assert.deepEqual(found({ node: 'edge-1', text: 'name' }), ['press-01', 'valve-01']);
  assert.equal(filterFleet(fleet, everything), fleet);
});

test('console: the types to choose from are those that occur, with their number [CON-2]', () => {
  assert.deepEqual(typesOf(fleet), [
    { type: 'machine', count: 2 },
    { type: 'field', count: 1 },
  ]);
});

test('console: of 5000 rows only those in sight exist, and the page keeps its height [CON-2]', () => {
  for (const scrolled of [-300, 0, 43, 44, 10_000, 219_000, 500_000]) {
    const rows = visibleRows({ scrolled, windowHeight: 900, rowHeight: 44, count: 5_000 });
    assert.ok(rows.end - rows.first <= 46, `${rows.end - rows.first} rows at ${scrolled}`);
    assert.equal(rows.spaceBefore + (rows.end - rows.first) * 44 + rows.spaceAfter, 220_000);
    const firstSeen = Math.floor(Math.max(0, scrolled) / 44);
    if (firstSeen < 5_000)
      assert.ok(rows.first <= firstSeen && firstSeen < rows.end, `row ${firstSeen} at ${scrolled}`);
  }
  assert.deepEqual(visibleRows({ scrolled: 0, windowHeight: 900, rowHeight: 44, count: 0 }), {
    first: 0,
    end: 0,
    spaceBefore: 0,
    spaceAfter: 0,
  });
});
